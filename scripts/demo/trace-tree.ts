// SPDX-License-Identifier: Apache-2.0
import { GEN_AI } from '../../semconv/index.ts';
import type { DecodedSpan } from '../../test/support/collector/index.ts';
import { rejectionOf } from './rejections.ts';
import { clip, dim, red } from './terminal.ts';

const UNAVAILABLE = 'unavailable';
const LEGEND =
  'unavailable: the application did not ask its stream for usage, so the provider did not say; unknown, not zero';

interface Row {
  readonly label: string;
  /** Undefined for the heading of several traces. */
  readonly span?: DecodedSpan;
}

/**
 * The spans as a tree, one line each: duration, time to the first chunk, tokens, and what the model asked for or what went wrong.
 * Traces that one conversation links (its calls were made with no scope around them) stand under one heading.
 */
export function traceLines(spans: readonly DecodedSpan[]): string[] {
  const rows = conversations(spans).flatMap((roots) => {
    const [first] = roots;
    if (roots.length === 1 && first !== undefined) return branch(first, spans, '', '');
    const heading = `one conversation, ${roots.length} calls with no scope around them, joined by their history`;
    return [{ label: heading }, ...children(roots, spans, '')];
  });
  const width = Math.max(4, ...rows.filter(({ span }) => span !== undefined).map(({ label }) => label.length)) + 2;
  const lines = rows.map(({ label, span }) => (span === undefined ? label : line(label, span, width)));
  const unknown = spans.some((span) => tokens(span) === UNAVAILABLE);
  return [dim(columns(width, '', 'time', 'first chunk', 'tokens in/out')), ...lines, ...(unknown ? [dim(LEGEND)] : [])];
}

function columns(width: number, label: string, time: string, first: string, tokens: string): string {
  return [label.padEnd(width), time.padStart(8), first.padStart(13), tokens.padStart(15)].join('');
}

function line(label: string, span: DecodedSpan, width: number): string {
  const { attributes } = span;
  const time = duration(Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6);
  const first = attributes[GEN_AI.RESPONSE_TIME_TO_FIRST_CHUNK];
  const left = columns(width, label, time, typeof first === 'number' ? duration(first * 1000) : '', tokens(span));
  const trouble = troubleOf(span);
  const note = clip(trouble ?? answerOf(span), left.length + 4);
  return `${left}  ${trouble === undefined ? note : red(note)}`.trimEnd();
}

/** The root spans in the order of their start, those together that a link leads to. */
function conversations(spans: readonly DecodedSpan[]): DecodedSpan[][] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const groups: DecodedSpan[][] = [];
  for (const root of byStart(spans.filter(({ parentSpanId }) => !known.has(parentSpanId)))) {
    const linked = new Set(root.links.map(({ spanId }) => spanId));
    const group = groups.find((members) => members.some(({ spanId }) => linked.has(spanId)));
    if (group === undefined) groups.push([root]);
    else group.push(root);
  }
  return groups;
}

function branch(span: DecodedSpan, spans: readonly DecodedSpan[], lead: string, indent: string): Row[] {
  const below = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  return [{ label: `${lead}${span.name}`, span }, ...children(byStart(below), spans, indent)];
}

function children(siblings: readonly DecodedSpan[], spans: readonly DecodedSpan[], indent: string): Row[] {
  return siblings.flatMap((span, index) => {
    const last = index === siblings.length - 1;
    return branch(span, spans, `${indent}${last ? '└─ ' : '├─ '}`, `${indent}${last ? '   ' : '│  '}`);
  });
}

const byStart = (spans: readonly DecodedSpan[]): DecodedSpan[] =>
  spans.toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));

function duration(millis: number): string {
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  return millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(2)} s`;
}

function tokens({ attributes }: DecodedSpan): string {
  // Without a response there is nothing to count.
  if (attributes[GEN_AI.RESPONSE_ID] === undefined) return '';
  const [input, output] = [attributes[GEN_AI.USAGE_INPUT_TOKENS], attributes[GEN_AI.USAGE_OUTPUT_TOKENS]];
  return input === undefined && output === undefined ? UNAVAILABLE : `${input ?? '?'} / ${output ?? '?'}`;
}

function troubleOf(span: DecodedSpan): string | undefined {
  const rejection = rejectionOf(span);
  if (rejection !== undefined) return `refused ${rejection.tool}: ${rejection.reason}`;
  return span.status.code === 2 ? `error: ${span.status.message}` : undefined;
}

/** What a model answered, from the recorded content. */
function answerOf({ attributes }: DecodedSpan): string {
  const recorded = attributes[GEN_AI.OUTPUT_MESSAGES];
  if (typeof recorded !== 'string') return '';
  const messages = JSON.parse(recorded) as { parts: { type: string; name?: string; content?: string }[] }[];
  const parts = messages.flatMap((message) => message.parts);
  const asked = parts.filter(({ type }) => type === 'tool_call').map(({ name }) => name);
  if (asked.length > 0) return `asks for ${asked.join(' and ')}`;
  return `says "${parts.map(({ content }) => content ?? '').join('')}"`;
}
