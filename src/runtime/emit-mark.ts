// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { now } from '../atof/clock.ts';
import type { DataSchema, JsonObject } from '../atof/event.ts';
import { uuidV7 } from '../atof/uuid.ts';
import type { Chains } from '../pipeline/registry.ts';
import { decideRootUuid } from '../scope/root.ts';
import type { Scope } from '../scope/scope.ts';
import { currentFrame } from '../scope/stack.ts';
import { emit, isObserved } from './emit.ts';
import { processRegistry, withIdentity } from './lifecycle.ts';
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
}

/** Emits a mark under the scope; under a root it belongs to the trace around it. */
export function emitMark(
  scope: Scope,
  fields: MarkFields,
  chains: Chains = scope.resolveChains(processRegistry),
): void {
  const frame = currentFrame();
  if (frame.quiet || scope.quiet || !(isObserved(scope, chains) || scope.isRoot || scope.ended || hasSinks())) return;
  scope.materialize?.();
  const rootUuid = scope.isRoot
    ? decideRootUuid(scope, undefined, trace.getSpanContext(context.active()), undefined)
    : scope.rootUuid;
  emit({
    scope,
    phase: 'mark',
    chains,
    uuid: uuidV7(),
    parentUuid: scope.isRoot ? rootUuid : scope.uuid,
    micros: fields.time ?? now(),
    name: fields.name,
    category: fields.category ?? null,
    profile: fields.profile ?? null,
    dataSchema: fields.dataSchema,
    payload: fields.data,
    metadata: withIdentity(scope, { ...fields.metadata }, rootUuid),
  });
}
