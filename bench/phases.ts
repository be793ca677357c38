// SPDX-License-Identifier: Apache-2.0

/** What a call spends its time on; the first that a place in the code belongs to. */
const PHASES = [
  ['the bench itself', /^\(idle\)|node:inspector|(^|\/)bench\/|node:internal\/timers/],
  ['garbage collection', /^\(garbage collector\)/],
  [
    'carrying the context',
    /async_(hooks|context|local)|context-async-hooks|api\/dist\/context|api\/context\.|src\/scope\/carrier/,
  ],
  ['ids and time', /uuid|IdGenerator|identity\.ts|clock|spancontext-utils|hexSlice|randomFill|^now /],
  ['the span', /@opentelemetry\/|src\/runtime\/span\.ts/],
  [
    'events and what is written of them',
    /src\/(atof|projections|codecs)\/|src\/runtime\/(emit|outbox|mailbox|sinks|sanitize|metrics)/,
  ],
  ['the pipeline', /src\/|dist\/(esm|cjs)\//],
] as const;
const OTHER = 'the engine, and what it does not tell apart';

/** Microseconds by phase. */
export function phasesOf(selfTimes: readonly (readonly [where: string, micros: number])[]): Map<string, number> {
  const phases = new Map<string, number>(PHASES.map(([name]) => [name, 0]));
  for (const [where, micros] of selfTimes) {
    const name = PHASES.find(([, pattern]) => pattern.test(where))?.[0] ?? OTHER;
    phases.set(name, (phases.get(name) ?? 0) + micros);
  }
  return phases;
}
