// SPDX-License-Identifier: Apache-2.0
import { type Chains, type Entry, KINDS, type Kind, type RunningMiddleware, withoutRunning } from './registry.ts';

/** A registration of the process that a gate keeps out, here and now. */
export interface Exclusion {
  readonly gate: string;
  readonly reason: string;
}

/** Asks the gate's callback about an entry: its reason to keep it out, or undefined. */
export type AskGate = (gate: Entry, entry: Entry) => string | undefined;

/**
 * The first gate that keeps the entry out, in their order. Gates decide about what is registered on the process, never about what a scope has
 * registered for itself, and never about gates.
 */
export function exclusionOf(
  entry: Entry,
  gates: readonly Entry[],
  process: Chains,
  ask: AskGate,
): Exclusion | undefined {
  if (entry.kind === 'gate' || !process[entry.kind].includes(entry)) return undefined;
  for (const gate of gates) {
    const { registration, kinds } = gate.target;
    if (registration !== undefined && registration !== entry.name) continue;
    if (kinds !== undefined && !kinds.includes(entry.kind)) continue;
    const reason = ask(gate, entry);
    if (reason !== undefined) return { gate: gate.name, reason };
  }
  return undefined;
}

/** The chains without what their gates keep out. A gate that is running on this path is not asked again. */
export function withoutGated(
  chains: Chains,
  process: Chains,
  running: RunningMiddleware | undefined,
  ask: AskGate,
): Chains {
  const gates = withoutRunning(chains.gate, running);
  if (gates.length === 0) return chains;
  const kept = (kind: Kind): readonly Entry[] =>
    chains[kind].filter((entry) => exclusionOf(entry, gates, process, ask) === undefined);
  return Object.fromEntries(KINDS.map((kind) => [kind, kept(kind)])) as unknown as Chains;
}
