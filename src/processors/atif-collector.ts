// SPDX-License-Identifier: Apache-2.0
import { ATOF } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';
import type { AtofEvent } from '../atof/event.ts';
import { type TrajectoryOptions, toTrajectory } from '../atif/to-trajectory.ts';
import type { Trajectory } from '../atif/trajectory.ts';
import type { EventRecord } from '../atof/record.ts';
import type { RecordSink } from '../runtime/sinks.ts';
import type { FlowSpanProcessor } from './atif.ts';

/** Collects what happens from its making until `shutdown`, in memory, for export by hand. Also a span processor. */
export interface AtifCollector extends FlowSpanProcessor {
  /** All that was collected as one trajectory; undefined when nothing in it is a step. Keeps what it holds. */
  export(options?: TrajectoryOptions): Promise<Trajectory | undefined>;
  /** Forgets what was collected so far: the next window begins. */
  clear(): void;
}

/** Opens a collection window. */
export function collectTrajectory(): AtifCollector {
  const { flow, internals } = getRuntime();
  let events = new Set<EventRecord>();
  const sink: RecordSink = (record) => {
    for (const event of record.enclosing) events.add(event);
    for (const event of record.events) events.add(event);
  };
  const removeSink = internals.addSink(sink);
  return {
    onStart: () => undefined,
    onEnd(span) {
      const uuid = span.attributes[ATOF.UUID];
      if (typeof uuid === 'string') internals.takeRecord(uuid, sink);
    },
    async export(options) {
      await flow.flush();
      return toTrajectory([...events] as unknown as AtofEvent[], options);
    },
    clear: () => void (events = new Set()),
    forceFlush: () => flow.flush(),
    async shutdown() {
      removeSink();
    },
  };
}
