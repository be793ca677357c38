// SPDX-License-Identifier: Apache-2.0
import { ATOF, METADATA } from '../../semconv/index.ts';
import { toMicros } from '../atof/clock.ts';
import type { AtofEvent, Json } from '../atof/event.ts';
import type { Codec } from '../codecs/annotated.ts';
import { annotationsOf } from '../codecs/annotation.ts';
import { codecById } from '../codecs/index.ts';

/** The parts of an exported span that the reader needs, from whatever decoded it. */
export interface ReadSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedEventsCount?: number;
  readonly events: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly droppedAttributesCount?: number;
  }[];
}

/** Something that the trace no longer holds. */
export interface Finding {
  readonly problem:
    | 'payload_absent'
    | 'payload_cut'
    | 'event_unreadable'
    | 'events_dropped'
    | 'start_missing'
    | 'end_missing';
  /** The event's uuid, else the span's name. */
  readonly where: string;
}

/**
 * Rebuilds ATOF events from spans, in order of time. What limits, settings or a crash took away is reported as findings, never thrown: an
 * event whose payload is absent has `data: null`.
 */
export function eventsFromSpans(spans: readonly ReadSpan[]): { events: AtofEvent[]; findings: Finding[] } {
  const read = new Map<string, AtofEvent>();
  const findings: Finding[] = [];
  for (const given of spans) {
    const span = readable(given);
    if ((span.droppedEventsCount ?? 0) > 0) {
      const uuid = span.attributes[ATOF.UUID];
      findings.push({ problem: 'events_dropped', where: typeof uuid === 'string' ? uuid : span.name });
    }
    for (const { name, attributes } of span.events)
      if (name === ATOF.EVENT_START || name === ATOF.EVENT_END || name === ATOF.EVENT_MARK)
        readEvent(span.name, attributes, read, findings);
  }
  const codecs = codecsIn(read.values());
  const events = [...read.values()].map((event) => annotated(event, codecs.get(event.uuid)));
  const order = new Map(events.map((event) => [event, toMicros(event.timestamp)]));
  events.sort((a, b) => (order.get(a) as number) - (order.get(b) as number));
  findMissingHalves(events, findings);
  return { events, findings };
}

// Whatever decoded the spans: a part that is missing is empty.
function readable(span: ReadSpan | null | undefined): ReadSpan {
  const { name = '', attributes, events, ...rest } = span ?? ({} as Partial<ReadSpan>);
  const list = Array.isArray(events) ? (events as ReadSpan['events']) : [];
  return { ...rest, name, attributes: attributes ?? {}, events: list.filter((each) => each?.attributes) };
}

function readEvent(
  spanName: string,
  attributes: Readonly<Record<string, unknown>>,
  events: Map<string, AtofEvent>,
  findings: Finding[],
): void {
  const uuid = attributes[ATOF.UUID];
  const envelope: unknown = parse(attributes[ATOF.ENVELOPE]);
  if (typeof uuid !== 'string' || uuid.length !== 36 || !isEnvelope(envelope)) {
    findings.push({ problem: 'event_unreadable', where: typeof uuid === 'string' ? uuid : spanName });
    return;
  }
  // A batch that was sent again is no second event.
  const key = `${envelope.kind === 'mark' ? 'mark' : envelope.scope_category} ${uuid}`;
  if (events.has(key)) return;
  const parent = attributes[ATOF.PARENT_UUID];
  const text = attributes[ATOF.DATA];
  const size = attributes[ATOF.SIZE];
  // What is left of a cut number is a number too: only the size tells.
  const whole = typeof text === 'string' && (typeof size !== 'number' || Buffer.byteLength(text) === size);
  const data = whole ? parse(text) : undefined;
  if (text !== undefined && data === undefined) findings.push({ problem: 'payload_cut', where: uuid });
  if (text === undefined && size !== 0) findings.push({ problem: 'payload_absent', where: uuid });
  const identity = { uuid, parent_uuid: typeof parent === 'string' ? parent : null, data: data ?? null };
  events.set(key, { ...envelope, ...identity });
}

function codecsIn(events: Iterable<AtofEvent>): Map<string, Codec> {
  const codecs = new Map<string, Codec>();
  for (const { uuid, metadata } of events) {
    const id = metadata?.[METADATA.CODEC];
    const codec = typeof id === 'string' ? codecById(id) : undefined;
    if (codec !== undefined) codecs.set(uuid, codec);
  }
  return codecs;
}

// On the span is the payload alone: what it says is read out of it again, where the codec is one of ours.
function annotated(event: AtofEvent, codec: Codec | undefined): AtofEvent {
  if (codec === undefined || event.kind === 'mark' || event.data === null) return event;
  const annotation = annotationsOf(codec)[event.scope_category](event.data);
  return annotation === undefined
    ? event
    : { ...event, category_profile: { ...event.category_profile, ...annotation } };
}

function isEnvelope(value: unknown): value is AtofEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, scope_category: half, name, timestamp } = value as Readonly<Record<string, unknown>>;
  const time = typeof timestamp === 'string' || typeof timestamp === 'number' ? toMicros(timestamp) : Number.NaN;
  const known = kind === 'mark' || (kind === 'scope' && (half === 'start' || half === 'end'));
  return known && typeof name === 'string' && !Number.isNaN(time);
}

function parse(text: unknown): Json | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function findMissingHalves(events: readonly AtofEvent[], findings: Finding[]): void {
  const halves = new Map<string, Set<string>>();
  for (const event of events)
    if (event.kind === 'scope') halves.set(event.uuid, (halves.get(event.uuid) ?? new Set()).add(event.scope_category));
  for (const [uuid, seen] of halves) {
    if (!seen.has('start')) findings.push({ problem: 'start_missing', where: uuid });
    if (!seen.has('end')) findings.push({ problem: 'end_missing', where: uuid });
  }
}
