// SPDX-License-Identifier: Apache-2.0
import { type Attributes, type Context, context } from '@opentelemetry/api';
import type { DataSchema, JsonObject } from '../atof/event.ts';
import type { EventIdentity } from '../atof/identity.ts';
import { EventRecord } from '../atof/record.ts';
import { Payload } from '../atof/payload.ts';
import { copyWithSize, snapshot } from '../atof/snapshot.ts';
import type { Annotate } from '../codecs/annotation.ts';
import type { Chains, Entry } from '../pipeline/registry.ts';
import type { Scope } from '../scope/scope.ts';
import { enterQuiet } from '../scope/stack.ts';
import type { Call } from './call.ts';
import type { CallView } from './call-view.ts';
import { report } from './diagnostics.ts';
import { hasLogger } from './logger.ts';
import { hasMeter } from './metrics-instruments.ts';
import { eventAttributes } from './openinference.ts';
import { post, wake, whileSettling } from './outbox.ts';
import { type Observing, clearEvent, sanitizeEvent } from './sanitize.ts';
import { settings } from './settings.ts';
import { deliverMark, hasSinks } from './sinks.ts';
import { type Outcome, annotateSpan, hasProvider, recordOnSpan } from './span.ts';

/** How long an event may wait for promises of its sanitizers; then the fields go out cleared. */
const SANITIZE_DEADLINE_MS = 1000;

/** Makes something else of an event when that is finished: a log record, a measurement. */
export interface EventReader {
  /** Needs the payload too. */
  readonly payload: boolean;
  /** Must not throw. `around` is the OTel context of the emission. */
  readonly read: (event: EventRecord, around: Context) => void;
}

/** One event about to be emitted. */
export interface Emission {
  /** The scope whose span and order it belongs to. */
  readonly scope: Scope;
  readonly phase: 'start' | 'end' | 'mark';
  readonly chains: Chains;
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly micros: number;
  readonly name: string;
  readonly category: string | null;
  readonly profile: JsonObject | null;
  readonly dataSchema?: DataSchema | null | undefined;
  readonly payload: unknown;
  readonly metadata: JsonObject | null;
  /** What the metadata says beside that. */
  readonly identity: EventIdentity;
  /** Sanitizers of the payload itself, for tool and model calls. */
  readonly sanitizers?: readonly Entry[] | undefined;
  /** The call as sanitizers see it. */
  readonly call?: CallView | undefined;
  /** Content attributes that the payload adds to the span; `json` is its text, if that was made. */
  readonly content?: ((scope: Scope, payload: unknown, json: string | undefined) => Attributes) | undefined;
  /** What the payload says in the shape that all providers share. */
  readonly annotate?: Annotate | undefined;
  /** Marks only: no span of its own where no span is open to hold it. */
  readonly spanless?: boolean;
  /** Marks only: never on a span, in a record or in a trajectory; subscribers and files alone get it. */
  readonly offSpan?: boolean;
  readonly reader?: EventReader | undefined;
  /** Ends only: how the scope went. */
  readonly outcome?: Outcome | undefined;
  /** Runs when the event is on its span: the end closes it here. Not a closure: those cost memory of each call. */
  readonly complete?: ((emission: Emission, event: EventRecord) => void) | undefined;
}

const NO_ENTRIES: readonly Entry[] = [];

/** True when an event of this scope would reach anybody: a recording span, a subscriber, a processor or, of a model call, a log record. */
export function hasAudience(scope: Scope, chains: Chains): boolean {
  return (
    !scope.quiet &&
    (chains.subscriber.length > 0 || scope.span?.isRecording() === true || hasSinks() || isLogged(scope.call))
  );
}

/** True when somebody wants to know how the scope goes: {@link hasAudience}, or a meter, for which no event is made. */
export function isObserved(scope: Scope, chains: Chains): boolean {
  return hasAudience(scope, chains) || (!scope.quiet && hasMeter());
}

const isLogged = (call: Scope['call']): boolean => call?.kind === 'llm' && hasLogger();

/** True when the call may reach anybody once it is open: also a span that is still to be started. */
export function mayBeObserved(call: Call): boolean {
  if (call.frame.quiet) return false;
  return call.chains.subscriber.length > 0 || hasSinks() || (!call.spanless && hasProvider()) || isLogged(call);
}

/**
 * Takes the snapshot of an event and sends it on its way: to its scope's span, to subscribers, to the scope's record. Never throws, never makes
 * the caller wait; sanitizers that return a promise complete the event later, in its place.
 */
export function emit(emission: Emission): void {
  const { scope, chains, phase, payload } = emission;
  const recording = scope.span?.isRecording() === true;
  // Where the scope is not open, a mark is a span and a record of its own.
  const alone = phase === 'mark' && (scope.isRoot || scope.ended);
  const offSpan = emission.offSpan === true;
  const contentOnSpan = settings.spanContent && (recording || alone) && !offSpan;
  const keep = hasSinks() && !offSpan;
  const eventSanitizers = sanitizersOf(chains, phase);
  const own = emission.sanitizers ?? NO_ENTRIES;
  const chained = own.length + chains['event.metadata'].length + eventSanitizers.length > 0;
  const wantsText =
    keep || emission.reader?.payload === true || (contentOnSpan && (chained || keepsText(scope, phase)));
  const wantsPayload = wantsText || chains.subscriber.length > 0;
  // A payload that nobody asked for is not there to be sanitized.
  const sanitizers = wantsPayload ? own : NO_ENTRIES;
  const event = new EventRecord(
    {
      kind: phase === 'mark' ? 'mark' : 'scope',
      scopeCategory: phase === 'mark' ? undefined : phase,
      uuid: emission.uuid,
      parentUuid: emission.parentUuid,
      micros: emission.micros,
      name: emission.name,
      attributes: scope.attributes,
      category: emission.category,
      dataSchema: emission.dataSchema ?? null,
      annotate: emission.annotate,
    },
    emission.profile,
    emission.metadata,
    !wantsPayload || own.length > 0 ? undefined : wantsText ? snapshot(payload) : payloadOf(payload),
    emission.identity,
  );
  const around = context.active();
  const content = contentOnSpan ? emission.content : undefined;
  const isRecord = keep && alone;
  if (keep && !alone) (scope.events ??= []).push(event);
  if (chained)
    sanitize(scope, event, {
      payload,
      call: emission.call,
      sanitizers,
      metadata: chains['event.metadata'],
      eventSanitizers,
    });
  if (chains.subscriber.length > 0) post(event, chains.subscriber);
  if (event.ready && scope.backlog === undefined)
    write(
      emission,
      event,
      around,
      isRecord,
      content && contentOf(scope, content, chained ? event.data : payload, event.dataJson),
    );
  else hold(emission, event, around, isRecord, content, chained);
}

/** The event is complete: on its span, and where its record is read. `around` is the OTel context of the emission, a record a mark outside of open scopes. */
function write(
  emission: Emission,
  event: EventRecord,
  around: Context,
  isRecord: boolean,
  attributes: Attributes | undefined,
): void {
  const { scope } = emission;
  if (emission.offSpan !== true) recordOnSpan(scope, event, around, emission.spanless === true);
  if (attributes !== undefined) annotateSpan(scope, attributes);
  if (settings.dialects.has('openinference')) annotateInOpenInference(scope, event);
  if (isRecord) deliverMark(scope, event);
  emission.reader?.read(event, around);
  emission.complete?.(emission, event);
}

// Not in `emit`: V8 makes room for what a closure captures when the function is entered, whether it comes to that or not.
function hold(
  emission: Emission,
  event: EventRecord,
  around: Context,
  isRecord: boolean,
  content: Emission['content'],
  chained: boolean,
): void {
  const { scope, payload } = emission;
  // What the payload becomes while the event waits must not show; what sanitizers leave of it is known only then.
  const attributes = content && !chained ? contentOf(scope, content, payload, event.dataJson) : undefined;
  const complete = (): void =>
    write(
      emission,
      event,
      around,
      isRecord,
      attributes ?? (content && contentOf(scope, content, event.data, event.dataJson)),
    );
  (scope.backlog ??= []).push({ event, complete });
}

// A subscriber may not look at it.
function payloadOf(value: unknown): Payload | undefined {
  if (value === undefined || value === null) return undefined;
  const { copy, size } = copyWithSize(value);
  return new Payload(copy, size);
}

// The dialects that tell payloads as text, or when the scope ends. What is text anyway is not copied as well.
function keepsText({ call }: Scope, phase: Emission['phase']): boolean {
  const { dialects } = settings;
  if (dialects.has('atof')) return true;
  return phase !== 'mark' && (dialects.has('openinference') || (call?.kind === 'tool' && dialects.has('gen_ai')));
}

function annotateInOpenInference(scope: Scope, event: EventRecord): void {
  if (event.kind === 'scope' && scope.span?.isRecording() === true)
    annotateSpan(
      scope,
      contentOf(scope, () => eventAttributes(scope, event), undefined, undefined),
    );
}

function sanitizersOf(chains: Chains, phase: Emission['phase']): readonly Entry[] {
  if (phase === 'start') return chains['event.sanitize_scope_start'];
  return phase === 'end' ? chains['event.sanitize_scope_end'] : chains['event.sanitize_mark'];
}

function contentOf(
  scope: Scope,
  content: (scope: Scope, payload: unknown, json: string | undefined) => Attributes,
  payload: unknown,
  json: string | undefined,
): Attributes {
  try {
    return content(scope, payload, json);
  } catch (error) {
    report('span', scope.name, error);
    return {};
  }
}

function sanitize(scope: Scope, event: EventRecord, observing: Observing): void {
  const work = enterQuiet(() => sanitizeEvent(event, observing));
  if (work !== undefined) settle(scope, event, work);
}

function settle(scope: Scope, event: EventRecord, work: Promise<void>): void {
  event.ready = false;
  const finish = (): void => {
    if (event.ready) return;
    clearTimeout(timer);
    forget();
    event.ready = true;
    advance(scope);
    wake();
  };
  const giveUp = (): void => {
    if (event.ready) return;
    report(
      'sanitizer',
      event.name,
      new Error(`still running ${SANITIZE_DEADLINE_MS} ms after the event, or at exit: its fields were cleared`),
    );
    clearEvent(event);
    finish();
  };
  const timer = setTimeout(giveUp, SANITIZE_DEADLINE_MS);
  if (!settings.waitsAtExit) timer.unref();
  const forget = whileSettling(giveUp);
  // Sanitizers that fail are reported one by one, so that the whole never does; were it to, nothing uncleaned would go out.
  work.then(finish, giveUp);
}

// Each is taken out first: what a span processor does when the span ends may bring us here again.
function advance(scope: Scope): void {
  for (let next = scope.backlog?.[0]; next?.event.ready === true; next = scope.backlog?.[0]) {
    scope.backlog?.shift();
    if (scope.backlog?.length === 0) scope.backlog = undefined;
    next.complete();
  }
}
