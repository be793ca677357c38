// SPDX-License-Identifier: Apache-2.0

import { runApplication } from './process.ts';
import type { ProcessOptions, ProcessResult } from './process.ts';
import type { ScenarioServer, SentRequest } from './scenario-server.ts';

/** What one scenario did: what its caller saw, and what the server got. */
export interface Observed {
  readonly seen: unknown;
  readonly sent: readonly SentRequest[];
}

/** What all scenarios of one process did, and what the process printed beside them. */
export interface Observations extends Pick<ProcessResult, 'exit' | 'stderr'> {
  /** By `copy/file/name`. */
  readonly scenarios: ReadonlyMap<string, Observed>;
}

/** Runs files of scenarios in one process. */
export async function observe(server: ScenarioServer, options: ProcessOptions): Promise<Observations> {
  const { run, lines, exit, stderr } = await runApplication(server, options);
  const scenarios = new Map<string, Observed>();
  for (const line of lines) {
    const { scenario, observation } = JSON.parse(line) as { readonly scenario: string; readonly observation: object };
    scenarios.set(scenario, { seen: observation, sent: await server.sent(run, scenario) });
  }
  return { exit, stderr, scenarios };
}

/**
 * The part of an observation that must not differ between two runs. A stack is for the reader of a failure, and calls
 * that run at once may reach the server in any order.
 */
export function comparable(observed: Observed | undefined, unordered: boolean): unknown {
  if (!observed) return undefined;
  const { at: _, ...seen } = observed.seen as { readonly at?: string };
  const sent = unordered ? observed.sent.toSorted(byText) : observed.sent;
  return { seen, sent };
}

function byText(left: SentRequest, right: SentRequest): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
