// SPDX-License-Identifier: Apache-2.0
import { onTestFinished } from 'vitest';
import { type AtofEvent, flow } from '../../../src/api/index.ts';
import { expectValidAtof } from '../formats/index.ts';

/** The events that a test has made so far. */
export interface Recorded {
  /** Waits until all are delivered. They are checked as one ATOF stream, and plain objects as a file would hold them. */
  readonly all: () => Promise<readonly AtofEvent[]>;
  /** The events of that name, as {@link all} gives them. */
  readonly named: (name: string) => Promise<readonly AtofEvent[]>;
}

let recorders = 0;

/** Subscribes for the whole process until the end of the test. */
export function recordEvents(): Recorded {
  const lines: string[] = [];
  const registration = flow.addSubscriber(`recorder ${++recorders}`, (event) => void lines.push(JSON.stringify(event)));
  onTestFinished(() => void registration.remove());
  const all = async (): Promise<readonly AtofEvent[]> => {
    await flow.flush();
    if (lines.length > 0) expectValidAtof(lines.join('\n'));
    return lines.map((line) => JSON.parse(line) as AtofEvent);
  };
  return { all, named: async (name) => (await all()).filter((event) => event.name === name) };
}
