// SPDX-License-Identifier: Apache-2.0
import { flow } from '../../src/api/index.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import { toTrajectory } from '../../src/atif/to-trajectory.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import { expectValidAtif, expectValidAtof } from '../support/formats/index.ts';

/** Collects what the runtime emits and reports. */
export interface Recorder {
  /** All events since the last time, in the order in which they came. Fails unless they are a valid stream and tell a valid trajectory. */
  take(timeout?: number): Promise<readonly AtofEvent[]>;
  /** What failed open since the last time. Without what a busy machine adds to it: see {@link slow}. */
  readonly diagnostics: readonly Diagnostic[];
  /** Sanitizers that were reported because they held up a call. */
  readonly slow: readonly Diagnostic[];
  /** Stops it and forgets what it holds. */
  stop(): void;
}

export function startRecorder(): Recorder {
  const lines: string[] = [];
  let diagnostics: Diagnostic[] = [];
  const slow: Diagnostic[] = [];
  const { remove } = flow.addSubscriber('recorder', (event) => void lines.push(JSON.stringify(event)));
  const undo = flow.onDiagnostic((diagnostic) => {
    const isSlow = String(diagnostic.error).includes('slow: it held up the call');
    (isSlow ? slow : diagnostics).push(diagnostic);
  });
  return {
    async take(timeout) {
      await flow.flush(timeout);
      const stream = lines.splice(0);
      return validated(stream);
    },
    get diagnostics() {
      const taken = diagnostics;
      diagnostics = [];
      return taken;
    },
    slow,
    stop() {
      remove();
      undo();
    },
  };
}

/** The events of an ATOF stream. Fails unless it is valid and tells a valid trajectory, if any. */
export function validated(lines: readonly string[]): readonly AtofEvent[] {
  expectValidAtof(lines.join('\n'));
  const events = lines.map((line) => JSON.parse(line) as AtofEvent);
  const trajectory = toTrajectory(events);
  if (trajectory !== undefined) expectValidAtif(JSON.parse(JSON.stringify(trajectory)));
  return events;
}

/** `start name`, `mark name`, `end name`. */
export function outline(events: readonly AtofEvent[]): string[] {
  return events.map((event) => `${event.kind === 'mark' ? 'mark' : event.scope_category} ${event.name}`);
}

/** A list of the same value, to compare with. */
export function repeated<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}
