// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { now } from '../atof/clock.ts';
import type { DataSchema, JsonObject } from '../atof/event.ts';
import { uuidV7 } from '../atof/uuid.ts';
import type { Chains } from '../pipeline/registry.ts';
import { decideRootUuid } from '../scope/root.ts';
import type { Scope } from '../scope/scope.ts';
import { currentFrame } from '../scope/stack.ts';
import { chainsOf } from './chains.ts';
import { type EventReader, emit, hasAudience } from './emit.ts';
import { identityOf } from './lifecycle.ts';
import { markLog } from './mark-log.ts';
import { hasSinks } from './sinks.ts';

/** A mark about to be emitted. */
export interface MarkFields {
  readonly name: string;
  readonly data?: unknown;
  readonly dataSchema?: DataSchema | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly category?: string | undefined;
  readonly profile?: JsonObject | undefined;
  readonly time?: number | undefined;
  /** Makes something else of the mark than a log record. */
  readonly reader?: EventReader | undefined;
  /** Makes no span of its own where no span is open to hold it. */
  readonly spanless?: boolean;
  /** For subscribers and files alone. */
  readonly offSpan?: boolean;
}

/** Emits a mark under the scope; under a root it belongs to the trace around it. */
export function emitMark(scope: Scope, fields: MarkFields, chains: Chains = chainsOf(scope)): void {
  const frame = currentFrame();
  if (frame.quiet || scope.quiet) return;
  if (fields.offSpan === true && chains.subscriber.length === 0) return;
  const reader = fields.reader ?? (fields.offSpan === true ? undefined : markLog(scope, fields.dataSchema));
  const wanted = hasAudience(scope, chains) || scope.isRoot || scope.ended || hasSinks() || reader !== undefined;
  if (!wanted) return;
  scope.materialize?.();
  const rootUuid = scope.isRoot
    ? decideRootUuid(scope, undefined, trace.getSpanContext(context.active()), undefined)
    : scope.rootUuid;
  emit({
    scope,
    phase: 'mark',
    chains,
    uuid: uuidV7(),
    // The process's root stands for the trace around it; others have an identity of their own.
    parentUuid: scope.isRoot && !scope.isolated ? rootUuid : scope.uuid,
    micros: fields.time ?? now(),
    name: fields.name,
    category: fields.category ?? null,
    profile: fields.profile ?? null,
    dataSchema: fields.dataSchema,
    payload: fields.data,
    reader,
    offSpan: fields.offSpan === true,
    spanless: fields.spanless === true,
    metadata: fields.metadata ?? null,
    identity: identityOf(scope, rootUuid),
  });
}
