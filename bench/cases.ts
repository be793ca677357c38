// SPDX-License-Identifier: Apache-2.0
import type { Case } from './case.ts';

const RUNTIMES = ['nemo-flow', 'nemo-relay'] as const;

/** Calls through the API. */
const MANAGED: readonly Case[] = [
  {
    name: 'silent',
    title: 'tool, 100 B, nobody listening',
    work: 'tool',
    bytes: 100,
    systems: ['plain', 'context', 'flow', ...RUNTIMES],
    targets: [{ than: 'nemo-flow', atMost: 0.05, stretch: 0.03 }, { than: 'nemo-relay' }, { than: 'context' }],
  },
  {
    name: 'span',
    title: 'tool, 100 B, recorded span with its events',
    work: 'tool',
    bytes: 100,
    recording: true,
    allocation: true,
    systems: ['plain', 'span', 'hand-wired', 'flow', ...RUNTIMES],
    targets: [
      { than: 'nemo-flow', atMost: 0.12, stretch: 0.09 },
      { than: 'span', atMost: 3.2, stretch: 2.6 },
      { than: 'hand-wired' },
      { than: 'nemo-relay' },
      { of: 'bytes', than: 'nemo-flow', atMost: 0.65, stretch: 0.5 },
      { of: 'bytes', than: 'span' },
    ],
  },
  {
    name: 'span-100',
    title: 'the same, 100 calls at once',
    work: 'tool',
    bytes: 100,
    recording: true,
    concurrency: 100,
    systems: ['plain', 'span', 'flow', ...RUNTIMES],
    targets: [{ than: 'nemo-flow', atMost: 0.15, stretch: 0.12 }, { than: 'span' }, { than: 'nemo-relay' }],
  },
  {
    name: 'tool-5',
    title: 'tool, 5 middlewares, span, subscriber',
    work: 'tool',
    bytes: 100,
    recording: true,
    subscriber: 'counts',
    ofEachKind: 1,
    allocation: true,
    systems: ['plain', 'flow', ...RUNTIMES],
    targets: [
      { than: 'nemo-flow', atMost: 0.04, stretch: 0.025 },
      { than: 'nemo-relay' },
      { of: 'bytes', than: 'nemo-flow' },
    ],
  },
  {
    name: 'model-5',
    title: 'model, 5 middlewares, span, subscriber',
    work: 'model',
    recording: true,
    subscriber: 'counts',
    ofEachKind: 1,
    allocation: true,
    systems: ['plain', 'flow', ...RUNTIMES],
    targets: [
      { than: 'nemo-flow', atMost: 0.03, stretch: 0.02 },
      { than: 'nemo-relay' },
      { of: 'bytes', than: 'nemo-flow' },
    ],
  },
  {
    name: 'tool-20',
    title: 'tool, 20 middlewares, span, subscriber',
    work: 'tool',
    bytes: 100,
    recording: true,
    subscriber: 'counts',
    ofEachKind: 4,
    systems: ['plain', 'flow', ...RUNTIMES],
    targets: [{ than: 'nemo-flow', atMost: 0.02, stretch: 0.01 }, { than: 'nemo-relay' }],
  },
  {
    name: 'read',
    title: 'tool, 100 B, span, subscriber reads payloads',
    work: 'tool',
    bytes: 100,
    recording: true,
    subscriber: 'reads',
    systems: ['plain', 'flow', ...RUNTIMES],
    targets: [{ than: 'nemo-flow' }, { than: 'nemo-relay' }],
  },
];

/** What larger payloads cost. */
const PAYLOADS: readonly Case[] = [
  {
    name: '10k-unneeded',
    title: 'tool, 10 KB, span, nobody needs the payload',
    work: 'tool',
    bytes: 10_000,
    apart: true,
    recording: true,
    systems: ['flow'],
    targets: [{ than: 'flow', thanCase: 'span', atMost: 1.1, stretch: 1.05 }],
  },
  {
    name: '10k-silent',
    title: 'tool, 10 KB, nobody listening',
    work: 'tool',
    bytes: 10_000,
    apart: true,
    systems: ['flow'],
    targets: [{ than: 'flow', thanCase: 'silent', atMost: 1.1, stretch: 1.05 }],
  },
  {
    name: '10k-content',
    title: 'tool, 10 KB, content on span, subscriber',
    work: 'tool',
    bytes: 10_000,
    apart: true,
    recording: true,
    content: true,
    subscriber: 'counts',
    systems: ['plain', 'stringify', 'flow', ...RUNTIMES],
    targets: [{ than: 'stringify', atMost: 1.7, stretch: 1.4 }, { than: 'nemo-flow' }, { than: 'nemo-relay' }],
  },
  {
    name: '1m-content',
    title: 'tool, 1 MB, content on span, subscriber',
    work: 'tool',
    bytes: 1_000_000,
    recording: true,
    content: true,
    subscriber: 'counts',
    systems: ['plain', 'stringify', 'flow', ...RUNTIMES],
    targets: [{ than: 'nemo-flow', atMost: 0.08, stretch: 0.06 }, { than: 'nemo-relay' }, { than: 'stringify' }],
  },
];

const STREAMS: readonly Case[] = [
  {
    name: 'stream',
    title: 'model stream, span, subscriber, added per chunk',
    work: 'stream',
    chunks: 1000,
    added: true,
    recording: true,
    subscriber: 'counts',
    systems: ['plain', 'hand-wired', 'flow', ...RUNTIMES],
    targets: [{ than: 'nemo-flow', atMost: 0.02, stretch: 0.01 }, { than: 'nemo-relay' }, { than: 'hand-wired' }],
  },
];

/** A patched client over a stub of `fetch`: what is added to the client's own work. */
const CLIENTS: readonly Case[] = [
  {
    name: 'client-6',
    title: 'openai 6 call, added',
    work: 'client',
    openai: 6,
    added: true,
    apart: true,
    recording: true,
    allocation: true,
    systems: ['plain', 'flow', 'otel-openai', 'openinference', 'openllmetry'],
    targets: [
      { of: 'cpu', than: 'otel-openai', atMost: 1, stretch: 0.7 },
      { of: 'cpu', than: 'openinference', atMost: 0.5, stretch: 0.3 },
      { of: 'cpu', than: 'openllmetry' },
      { of: 'bytes', than: 'otel-openai' },
    ],
  },
  {
    name: 'client-7',
    title: 'openai 7 call, added',
    work: 'client',
    openai: 7,
    added: true,
    apart: true,
    recording: true,
    systems: ['plain', 'hand-wired', 'flow', 'openinference', ...RUNTIMES],
    targets: [
      { of: 'cpu', than: 'openinference', atMost: 0.5, stretch: 0.3 },
      { of: 'cpu', than: 'nemo-flow' },
      { of: 'cpu', than: 'nemo-relay' },
      { of: 'cpu', than: 'hand-wired' },
    ],
  },
  {
    name: 'client-content',
    title: 'openai 6 call with content on spans, added',
    work: 'client',
    openai: 6,
    added: true,
    apart: true,
    recording: true,
    content: true,
    systems: ['plain', 'flow', 'openinference', 'openllmetry'],
    targets: [
      { of: 'cpu', than: 'openinference' },
      { of: 'cpu', than: 'openllmetry' },
    ],
  },
  {
    name: 'client-stream-6',
    title: 'openai 6 stream of 200 chunks, added per chunk',
    work: 'client-stream',
    openai: 6,
    chunks: 200,
    added: true,
    apart: true,
    batchFactor: 5,
    recording: true,
    systems: ['plain', 'flow', 'otel-openai', 'openinference', 'openllmetry'],
    targets: [
      { of: 'cpu', than: 'openinference', atMost: 0.8, stretch: 0.5 },
      { of: 'cpu', than: 'otel-openai' },
      { of: 'cpu', than: 'openllmetry' },
    ],
  },
  {
    name: 'client-stream-7',
    title: 'openai 7 stream of 200 chunks, added per chunk',
    work: 'client-stream',
    openai: 7,
    chunks: 200,
    added: true,
    apart: true,
    batchFactor: 5,
    recording: true,
    systems: ['plain', 'flow', 'openinference'],
    targets: [{ of: 'cpu', than: 'openinference', atMost: 0.8, stretch: 0.5 }],
  },
  {
    name: 'client-anthropic',
    title: 'anthropic 1 call, added',
    work: 'client',
    anthropic: true,
    added: true,
    apart: true,
    recording: true,
    systems: ['plain', 'flow', 'openinference-anthropic'],
    targets: [{ of: 'cpu', than: 'openinference-anthropic', atMost: 0.5, stretch: 0.3 }],
  },
  {
    name: 'client-stream-anthropic',
    title: 'anthropic 1 stream of 200 chunks, added per chunk',
    work: 'client-stream',
    anthropic: true,
    chunks: 200,
    added: true,
    apart: true,
    batchFactor: 5,
    recording: true,
    systems: ['plain', 'flow', 'openinference-anthropic'],
    targets: [{ of: 'cpu', than: 'openinference-anthropic', atMost: 0.8, stretch: 0.5 }],
  },
];

export const CASES: readonly Case[] = [...MANAGED, ...PAYLOADS, ...STREAMS, ...CLIENTS];

/** The case of that name. */
export function caseNamed(name: string): Case {
  const found = CASES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no case '${name}'; there are ${CASES.map((each) => each.name).join(', ')}`);
  return found;
}
