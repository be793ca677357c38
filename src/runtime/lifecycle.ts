// SPDX-License-Identifier: Apache-2.0
import { type Context, INVALID_TRACEID, type SpanContext, context, trace } from '@opentelemetry/api';
import { METADATA } from '../../semconv/index.ts';
import { now } from '../atof/clock.ts';
import type { Json, JsonObject, DataSchema } from '../atof/event.ts';
import { EventIdentity } from '../atof/identity.ts';
import type { EventRecord } from '../atof/record.ts';
import { shareJson } from '../atof/shared-json.ts';
import type { AnnotatedResponse } from '../codecs/annotated.ts';
import type { Chains } from '../pipeline/registry.ts';
import type { Frame } from '../scope/carrier.ts';
import { decideRootUuid } from '../scope/root.ts';
import { type Scope, parentUuidOf } from '../scope/scope.ts';
import { contextIn, parentContext } from '../scope/stack.ts';
import { chainsOf } from './chains.ts';
import { type Emission, emit, hasAudience } from './emit.ts';
import { measureEnd, measureStart } from './metrics.ts';
import { addOutcome } from './outcome.ts';
import { deliver } from './sinks.ts';
import { type Outcome, closeSpan, openSpan } from './span.ts';

/** Observed scopes that are open, in no order: what the end of the process closes. Each knows its place. */
export const openScopes: Scope[] = [];

// Not a Set: one that is added to and deleted from all the time is copied again and again, and V8 keeps what those copies held.
function noteOpen(scope: Scope): void {
  scope.openAt = openScopes.push(scope) - 1;
}

function noteClosed(scope: Scope): void {
  if (scope.openAt === -1) return;
  const last = openScopes.pop() as Scope;
  if (last !== scope) {
    openScopes[scope.openAt] = last;
    last.openAt = scope.openAt;
  }
  scope.openAt = -1;
}

/** What a start event holds beside the scope's own fields. */
export interface Opening {
  readonly payload?: unknown;
  /** Unix microseconds. */
  readonly time?: number | undefined;
  readonly metadata?: Record<string, Json> | undefined;
  /** Opens without becoming the active span of anything. */
  readonly detached?: boolean;
  /** Root uuid of the run that a model call joined, and the span to link to. */
  readonly joined?:
    | { readonly rootUuid: string | undefined; readonly predecessor?: SpanContext | undefined }
    | undefined;
  readonly chains?: Chains | undefined;
  readonly sanitizers?: Emission['sanitizers'];
  readonly call?: Emission['call'];
  readonly content?: Emission['content'];
  readonly dataSchema?: DataSchema | undefined;
  readonly annotate?: Emission['annotate'];
  /** Content of the request, for attributes of the span. */
  readonly request?: unknown;
  /** The OTel context to open in, where that is not the active one. */
  readonly around?: Context | undefined;
  /** The parent was named explicitly: its span comes along. */
  readonly adopted?: boolean;
  readonly reader?: Emission['reader'];
}

/** Opens the scope in the frame: starts its span, decides its root, emits its start. */
export function openScope(scope: Scope, frame: Frame, opening: Opening): void {
  const parent = scope.parent as Scope;
  parent.materialize?.();
  scope.startMicros = opening.time ?? now();
  scope.quiet = frame.quiet || parent.quiet;
  measureStart(scope);
  const active = opening.around ?? context.active();
  const within = opening.adopted === true ? contextIn(parent, active) : active;
  if (!scope.quiet && !scope.spanless)
    openSpan(scope, parentContext(frame, parent, within), opening.request, opening.joined?.predecessor);
  if (opening.detached === true) {
    scope.detached = true;
    scope.spanAround = trace.getSpan(active);
  }
  scope.rootUuid = parent.isRoot
    ? decideRootUuid(parent, opening.joined?.rootUuid, trace.getSpanContext(active), scope.span?.spanContext())
    : parent.rootUuid;
  const chains = opening.chains ?? chainsOf(scope);
  if (!hasAudience(scope, chains)) return;
  noteOpen(scope);
  emit({
    scope,
    phase: 'start',
    uuid: scope.uuid,
    parentUuid: parentUuidOf(scope),
    name: scope.name,
    category: scope.type,
    profile: profileOf(scope),
    chains,
    micros: scope.startMicros,
    payload: opening.payload,
    metadata: merged(scope.metadata, opening.metadata),
    identity: identityOf(scope),
    sanitizers: opening.sanitizers,
    call: opening.call,
    content: opening.content,
    dataSchema: opening.dataSchema,
    annotate: opening.annotate,
    reader: opening.reader,
  });
}

/** {@link openScope} for a scope that nobody observes. */
export function openUnobserved(scope: Scope, frame: Frame, time?: number): void {
  const parent = scope.parent as Scope;
  parent.materialize?.();
  scope.quiet = frame.quiet || parent.quiet;
  measureStart(scope, time);
  scope.rootUuid = parent.isRoot
    ? decideRootUuid(parent, undefined, trace.getSpanContext(context.active()), undefined)
    : parent.rootUuid;
}

/** {@link closeScope} for a scope that nobody observes. Its span, if it has one, records nothing. */
export function closeUnobserved(
  scope: Scope,
  outcome: Outcome,
  { time, answer }: Pick<Closing, 'time' | 'answer'> = {},
): void {
  scope.ended = true;
  measureEnd(scope, time ?? now(), outcome, answer);
  noteClosed(scope);
  if (scope.span !== undefined) closeSpan(scope, now(), outcome);
  scope.registry?.close();
}

/** What an end event holds. */
export interface Closing {
  readonly payload?: unknown;
  readonly time?: number | undefined;
  readonly metadata?: Record<string, Json> | undefined;
  readonly outcome?: Outcome | undefined;
  readonly chains?: Chains | undefined;
  readonly sanitizers?: Emission['sanitizers'];
  readonly call?: Emission['call'];
  readonly content?: Emission['content'];
  readonly dataSchema?: DataSchema | undefined;
  readonly annotate?: Emission['annotate'];
  readonly reader?: Emission['reader'];
  /** Response of the inference that a model call made itself, for its metrics. */
  readonly answer?: AnnotatedResponse | undefined;
  /** Replaces what the profile said at the start. */
  readonly profile?: JsonObject | undefined;
}

/** Closes the scope: emits its end, ends its span when all its events are on it, and drops its registrations. Only the first call does anything. */
export function closeScope(scope: Scope, closing: Closing): void {
  if (scope.ended) return;
  scope.materialize?.();
  scope.ended = true;
  noteClosed(scope);
  const micros = closing.time ?? Math.max(now(), scope.startMicros + 1);
  const chains = closing.chains ?? chainsOf(scope);
  measureEnd(scope, micros, closing.outcome, closing.answer);
  if (hasAudience(scope, chains))
    emit({
      scope,
      phase: 'end',
      uuid: scope.uuid,
      parentUuid: parentUuidOf(scope),
      name: scope.name,
      category: scope.type,
      profile: closing.profile ?? profileOf(scope),
      chains,
      micros,
      payload: closing.payload,
      metadata: addOutcome(merged(scope.metadata, closing.metadata), closing.outcome),
      identity: identityOf(scope),
      sanitizers: closing.sanitizers,
      call: closing.call,
      content: closing.content,
      dataSchema: closing.dataSchema,
      annotate: closing.annotate,
      reader: closing.reader,
      outcome: closing.outcome,
      complete: finish,
    });
  else closeSpan(scope, micros, closing.outcome);
  scope.registry?.close();
}

function finish({ scope, micros, outcome }: Emission, event: EventRecord): void {
  const description = outcome?.description ? descriptionIn(event) : undefined;
  if (scope.events === undefined) closeSpan(scope, micros, outcome, description);
  else deliver(scope, () => closeSpan(scope, micros, outcome, description));
}

// What a sanitizer took out of the event must not stay in the status of the span.
function descriptionIn(event: EventRecord): string | undefined {
  const description = event.metadata?.[METADATA.STATUS_DESCRIPTION];
  return typeof description === 'string' ? description : undefined;
}

/** The category profile that follows from the scope itself. */
export function profileOf(scope: Scope): JsonObject | null {
  const { call, type, subtype } = scope;
  if (type === 'custom') return { subtype: subtype ?? 'custom' };
  if (call === undefined) return subtype === undefined || type === 'unknown' ? null : { subtype };
  if (call.kind === 'tool') return call.callId === undefined ? {} : { tool_call_id: call.callId };
  return call.model === undefined ? {} : profileOfModel(call.model);
}

const profiles = new Map<string, JsonObject>();
/** Models may have names that the application makes up. */
const MOST_PROFILES = 100;

/** The profile of a call of that model, of which there is nothing else to say. */
export function profileOfModel(model: string): JsonObject {
  let profile = profiles.get(model);
  if (profile === undefined) {
    profile = { model_name: model };
    if (profiles.size < MOST_PROFILES) profiles.set(model, shareJson(profile));
  }
  return profile;
}

function merged(given: JsonObject | undefined, added: JsonObject | undefined): JsonObject | null {
  if (given === undefined) return added ?? null;
  return added === undefined ? given : { ...given, ...added };
}

/** What says where the scope's events belong: no metadata of the application's can change that. `rootUuid` is for a mark of a root. */
export function identityOf(scope: Scope, rootUuid: string = scope.rootUuid): EventIdentity {
  if (scope.identity !== undefined && rootUuid === scope.rootUuid) return scope.identity;
  const span = scope.span?.spanContext();
  const identity =
    span !== undefined && span.traceId !== INVALID_TRACEID
      ? new EventIdentity(rootUuid, span.traceId, span.spanId)
      : new EventIdentity(rootUuid);
  // Of a root each mark may have another: it stands for the trace around it.
  if (!scope.isRoot) scope.identity = identity;
  return identity;
}
