// SPDX-License-Identifier: Apache-2.0
import { type SpanContext, context, isSpanContextValid, trace } from '@opentelemetry/api';
import { joinKeys, rememberKeys } from '../atif/history.ts';
import { createRuns } from '../atif/runs.ts';
import type { AnnotatedRequest, AnnotatedResponse } from '../codecs/annotated.ts';
import { uuidV7 } from '../atof/uuid.ts';
import { type Slot, createSlot } from '../scope/slot.ts';
import type { Call } from './call.ts';
import { report } from './diagnostics.ts';
import { processRegistry } from './chains.ts';
import { hasSinks } from './sinks.ts';
import { hasProvider } from './span.ts';

/** A conversation of model calls that nothing but their histories ties together. Its root is that of its first call. */
interface Run {
  rootUuid: string | undefined;
  predecessor: SpanContext | undefined;
}

/** How a call relates to runs. */
export interface Joined {
  readonly how: 'started' | 'joined' | 'ambiguous';
  /** Absent for the first call of a run: its own trace decides. */
  readonly rootUuid: string | undefined;
  readonly predecessor: SpanContext | undefined;
}

const runs = createRuns<Run>();
const runOf: Slot<Run> = createSlot('run');

/**
 * The run that an unscoped model call joins: one with no scope, `isolate` or valid span context around it. Undefined for all other calls,
 * and where nobody observes.
 */
export function joinRun(call: Call): Joined | undefined {
  if (call.codec?.operation === 'embeddings' || !call.parent?.isRoot || call.parent.isolated || call.frame.quiet)
    return undefined;
  if (call.frame.running !== undefined) return undefined;
  const around = trace.getSpanContext(context.active());
  if (around !== undefined && isSpanContextValid(around)) return undefined;
  if (
    !hasProvider() &&
    !hasSinks() &&
    call.chains.subscriber.length === 0 &&
    processRegistry.chains.subscriber.length === 0
  )
    return undefined;
  const keys = keysOf(call, joinKeys);
  if (keys === undefined) return undefined;
  const found = runs.join(keys);
  const run: Run =
    found !== undefined && 'run' in found
      ? found.run
      : { rootUuid: hasProvider() ? undefined : uuidV7(), predecessor: undefined };
  runOf.set(call, run);
  const how = found === undefined ? 'started' : 'run' in found ? 'joined' : 'ambiguous';
  return { how, rootUuid: run.rootUuid, predecessor: run.predecessor };
}

/** Remembers under which history the call's run goes on. */
export function rememberRun(call: Call, response: AnnotatedResponse | undefined): void {
  const run = runOf.get(call);
  if (run === undefined) return;
  runOf.set(call, undefined);
  run.rootUuid ??= call.rootUuid;
  // Only that: the span itself holds events.
  run.predecessor = call.span?.spanContext() ?? run.predecessor;
  const keys = response === undefined ? undefined : keysOf(call, (request) => rememberKeys(request, response));
  if (keys !== undefined) runs.remember(keys, run);
}

// A codec that throws, or understands what nobody else does, costs the run, never the call.
function keysOf(call: Call, keys: (request: AnnotatedRequest) => readonly string[]): readonly string[] | undefined {
  try {
    const request = call.annotated(call.input);
    return request && keys(request);
  } catch (error) {
    report('codec', call.codec?.id ?? call.name, error);
    return undefined;
  }
}
