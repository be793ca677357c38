// SPDX-License-Identifier: Apache-2.0
import { ATOF } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';
import { createBuilder } from '../atif/builder.ts';
import type { TrajectoryOptions } from '../atif/to-trajectory.ts';
import { type Told, toObject, toText } from '../atif/told.ts';
import type { Trajectory } from '../atif/trajectory.ts';
import type { RecordSink } from '../runtime/sinks.ts';
import type { FlowSpanProcessor } from './atif.ts';
import { inPieces } from './in-pieces.ts';

/** Collects what happens from its making until `shutdown`, in memory, for export by hand. Also a span processor. */
export interface AtifCollector extends FlowSpanProcessor {
  /**
   * All that was collected as one trajectory; undefined when nothing in it is a step. Keeps what it holds. Works in pieces of a few milliseconds: other
   * work goes on meanwhile, and shows in the next export.
   */
  export(options?: TrajectoryOptions): Promise<Trajectory | undefined>;
  /** The same as JSON text, one step in each line: several times as fast. */
  exportText(options?: TrajectoryOptions): Promise<string | undefined>;
  /** Forgets what was collected so far: the next window begins. */
  clear(): void;
}

/** Opens a collection window. */
export function collectTrajectory(): AtifCollector {
  const { flow, internals } = getRuntime();
  let builder = createBuilder();
  let previous: Promise<unknown> = Promise.resolve();
  const sink: RecordSink = (record) => {
    builder.within(record.enclosing);
    for (const event of record.events) builder.add(event);
  };
  const removeSink = internals.addSink(sink);
  // One after the other: they read the same.
  const exportAs = <Form>(
    options: TrajectoryOptions | undefined,
    print: (told: Told) => Generator<unknown, Form>,
  ): Promise<Form | undefined> => {
    const exported = previous.then(async () => {
      await flow.flush();
      const told = await inPieces(builder.tell(options));
      return told && inPieces(print(told));
    });
    previous = exported.catch(() => undefined);
    return exported;
  };
  return {
    onStart: () => undefined,
    onEnd(span) {
      const uuid = span.attributes[ATOF.UUID];
      if (typeof uuid === 'string') internals.takeRecord(uuid, sink);
    },
    export: (options) => exportAs(options, toObject),
    exportText: (options) => exportAs(options, toWholeText),
    clear: () => void (builder = createBuilder()),
    forceFlush: () => flow.flush(),
    async shutdown() {
      removeSink();
    },
  };
}

function* toWholeText(told: Told): Generator<void, string> {
  let text = '';
  for (const piece of toText(told)) {
    text += piece;
    yield;
  }
  return text;
}
