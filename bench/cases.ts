// SPDX-License-Identifier: Apache-2.0

/** The systems, in the order of the table's columns. */
export const SYSTEMS = ['plain', 'context', 'span', 'flow', 'nemo-flow'] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** What Flow may cost at most, as a multiple of what the other system costs in the same run. */
export interface Target {
  readonly than: SystemName;
  /** Absent: the ratio is shown and nothing is demanded. */
  readonly atMost?: number;
}

/** One row of the table: a kind of call under given conditions. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly work: 'tool' | 'model' | 'stream' | 'client';
  readonly systems: readonly SystemName[];
  readonly targets: readonly Target[];
  /** A provider that records spans, and one subscriber. Otherwise nobody listens. */
  readonly observed: boolean;
  /** The subscriber reads each event's payload. Who parses payloads only then pays for it only then. */
  readonly reads?: true;
  /** One middleware of each of five kinds. */
  readonly middleware?: true;
  /** Size of the tool's arguments and of its result, as JSON. */
  readonly bytes?: number;
  /** Chunks of one streamed call; then the figures are per chunk. */
  readonly chunks?: number;
  /** The figures are what the system adds to the plain call, which does something of its own. */
  readonly added?: true;
}

export const CASES: readonly Case[] = [
  {
    name: 'silent',
    title: 'tool call, 100 B, nobody listening',
    work: 'tool',
    bytes: 100,
    observed: false,
    systems: ['plain', 'context', 'flow', 'nemo-flow'],
    targets: [
      { than: 'nemo-flow', atMost: 0.05 },
      { than: 'context', atMost: 10 },
    ],
  },
  {
    name: 'tool',
    title: 'tool call, 100 B, span and subscriber',
    work: 'tool',
    bytes: 100,
    observed: true,
    systems: ['plain', 'span', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow', atMost: 0.15 }, { than: 'span' }],
  },
  {
    name: 'tool-read',
    title: 'tool call, 100 B, subscriber reads payloads',
    work: 'tool',
    bytes: 100,
    observed: true,
    reads: true,
    systems: ['plain', 'span', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow' }],
  },
  {
    name: 'tool-10k',
    title: 'tool call, 10 KB, subscriber reads payloads',
    work: 'tool',
    bytes: 10_000,
    observed: true,
    reads: true,
    systems: ['plain', 'span', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow' }],
  },
  {
    name: 'middleware',
    title: 'tool call, 100 B, five middleware',
    work: 'tool',
    bytes: 100,
    observed: true,
    middleware: true,
    systems: ['plain', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow' }],
  },
  {
    name: 'model',
    title: 'model call, subscriber reads payloads',
    work: 'model',
    observed: true,
    reads: true,
    systems: ['plain', 'span', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow' }, { than: 'span' }],
  },
  {
    name: 'stream',
    title: 'model stream, added per chunk',
    work: 'stream',
    chunks: 500,
    added: true,
    observed: true,
    systems: ['plain', 'span', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow', atMost: 0.03 }],
  },
  {
    name: 'client',
    title: 'openai client over a stub fetch, added',
    work: 'client',
    added: true,
    observed: true,
    systems: ['plain', 'span', 'flow', 'nemo-flow'],
    targets: [{ than: 'nemo-flow' }, { than: 'span' }],
  },
];

/** The case of that name. */
export function caseNamed(name: string): Case {
  const found = CASES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no case '${name}'; there are ${CASES.map((each) => each.name).join(', ')}`);
  return found;
}
