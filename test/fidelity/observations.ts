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

/** How much of an observation is compared. */
export interface Comparison {
  /** Calls that run at once may reach the server in any order. */
  readonly unordered: boolean;
  /** A Response that was built anew says the same things, but its form is its own: length, encoding, whether it was read. */
  readonly rebuilt?: boolean;
}

/** The part of an observation that must not differ between two runs; a stack is for the reader of a failure. */
export function comparable(observed: Observed | undefined, { unordered, rebuilt = false }: Comparison): unknown {
  if (!observed) return undefined;
  const { at: _, ...seen } = observed.seen as { readonly at?: string };
  const sent = unordered ? observed.sent.toSorted(byText) : observed.sent;
  return { seen: rebuilt ? withoutForm(seen) : seen, sent };
}

const formFields: ReadonlySet<string> = new Set(['bodyUsed', 'statusText', 'type', 'redirected']);
const formHeaders = /^(content-length|content-encoding|transfer-encoding): /;

function withoutForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutForm);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as { readonly class?: string; readonly entries?: readonly string[] };
  if (fields.class === 'Headers' && fields.entries) {
    const entries = fields.entries.filter((line) => !formHeaders.test(line));
    return { ...fields, entries: entries.map((line) => line.replace(/(?<=^content-type: [^;]*);.*/, '')) };
  }
  const isResponse = 'bodyUsed' in fields && 'headers' in fields;
  const kept = Object.entries(fields).filter(([name]) => !isResponse || !formFields.has(name));
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutForm(field)]));
}

function byText(left: SentRequest, right: SentRequest): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
