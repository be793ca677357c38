// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { GEN_AI, METADATA } from '../../semconv/index.ts';
import { now } from '../atof/clock.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import { annotationsOf } from '../codecs/annotation.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import type { AnnotatedResponse } from '../codecs/annotated.ts';
import { responseAttributes } from '../projections/gen-ai.ts';
import { requestContent, responseContent, toolContent } from '../projections/gen-ai-content.ts';
import { openInferenceResponse } from '../projections/openinference.ts';
import type { Scope } from '../scope/scope.ts';
import type { Call, LlmRequest } from './call.ts';
import { CallView } from './call-view.ts';
import { withoutCredentials, withoutToolCredentials } from './credentials.ts';
import { report } from './diagnostics.ts';
import { hasAudience, isObserved, mayBeObserved } from './emit.ts';
import { checkGuardrails } from './guardrails.ts';
import { closeScope, closeUnobserved, openScope, openUnobserved, profileOf, profileOfModel } from './lifecycle.ts';
import { emitMark } from './emit-mark.ts';
import { requestLog, responseLog } from './inference-log.ts';
import { optimizationSummary } from './optimization.ts';
import { OK } from './outcome.ts';
import { outcomeIn } from './reader-left.ts';
import { applyRequestIntercepts } from './request-intercepts.ts';
import { joinRun, rememberRun } from './runs.ts';
import { settings } from './settings.ts';
import { startMetadata } from './start-metadata.ts';
import { markSkillLoads } from './skill-load.ts';
import { type Outcome, annotateSpan } from './span.ts';

/** Steps 1 and 2: guardrails and request intercepts. A promise only when one of them returned one. Throws what refuses the call. */
export function prepare(call: Call): void | Promise<void> {
  if (
    call.chains[call.family('conditional_execution')].length === 0 &&
    call.chains[call.family('request_intercept')].length === 0
  )
    return undefined;
  let checked: void | Promise<void>;
  try {
    checked = checkGuardrails(call);
    if (checked === undefined) checked = applyRequestIntercepts(call);
    else checked = checked.then(() => applyRequestIntercepts(call));
  } catch (error) {
    call.release();
    throw error;
  }
  return checked?.catch((error: unknown) => {
    call.release();
    throw error;
  });
}

/** Step 3: opens the call's scope with the request as it will be sent. */
export function begin(
  call: Call,
  opening: { readonly time?: number | undefined; readonly detached?: boolean } = {},
): void {
  const { recordedBy } = call;
  if (recordedBy !== undefined && (recordedBy.ended || !sameJson(call.input, recordedBy.input)))
    call.recordedBy = undefined;
  if (call.recordedBy !== undefined) {
    call.opened = true;
    releaseMarks(call);
    return;
  }
  if (!mayBeObserved(call)) {
    if (opening.detached === true) call.startMicros = opening.time ?? now();
    openUnobserved(call, call.frame, opening.time);
    call.opened = true;
    call.heldMarks = undefined;
    return;
  }
  const payload = call.kind === 'llm' ? withoutCredentials(call.input as LlmRequest) : call.input;
  const joined = call.kind === 'llm' ? joinRun(call) : undefined;
  openScope(call, call.frame, {
    ...opening,
    payload,
    joined,
    metadata: startMetadata(call, joined?.how),
    adopted: call.adopted,
    chains: call.chains,
    sanitizers: call.chains[call.family('sanitize_request')],
    call: observedCall(call, 'sanitize_request'),
    request: call.kind === 'llm' ? (payload as LlmRequest).content : undefined,
    dataSchema: call.codec?.dataSchema,
    annotate: call.codec && annotationsOf(call.codec).start,
    reader: requestLog(call),
    content: inputContent,
  });
  call.opened = true;
  if (call.kind === 'tool') markSkillLoads(call);
  releaseMarks(call);
}

function releaseMarks(call: Call): void {
  const { heldMarks, place } = call;
  if (heldMarks !== undefined) for (const mark of heldMarks.splice(0)) emitMark(place, mark, place.chains);
}

// What sanitizers may read beside the payload: the call, with a copy of its input, without credentials.
function observedCall(call: Call, sanitizers: 'sanitize_request' | 'sanitize_response'): CallView | undefined {
  if (call.chains[call.family(sanitizers)].length === 0) return undefined;
  return new CallView(call, call.kind === 'llm' ? withoutCredentials(call.input as LlmRequest) : call.input, false);
}

function inputContent(scope: Scope, payload: unknown, json: string | undefined): Attributes {
  const call = scope as Call;
  if (!settings.dialects.has('gen_ai') || payload === undefined || payload === null) return {};
  if (call.kind === 'tool') return toolContent(GEN_AI.TOOL_CALL_ARGUMENTS, payload, json);
  return call.codec?.operation === 'embeddings'
    ? {}
    : requestContent(call.codec, (payload as Partial<LlmRequest>).content);
}

function outputContent(scope: Scope, payload: unknown, json: string | undefined): Attributes {
  const call = scope as Call;
  if (!settings.dialects.has('gen_ai') || payload === undefined || payload === null) return {};
  return call.kind === 'tool'
    ? toolContent(GEN_AI.TOOL_CALL_RESULT, payload, json)
    : responseContent(call.codec, payload);
}

/** Step 6: closes the call's scope with what it returned. */
export function succeed(call: Call, result: unknown): void {
  finish(call, result, OK);
}

/** Step 6 for a call that threw or was cancelled; `partial` is what a stream had brought by then. */
export function fail(call: Call, error: unknown, partial?: unknown): void {
  // What SDKs throw when their caller has left may look like any other failure: a timeout, a closed connection.
  finish(call, partial, outcomeIn(call, error, call.callerSignal));
}

/** Closes the call's scope. An end without a result records the call's `data`. */
export function finish(
  call: Call,
  result: unknown,
  outcome: Outcome,
  closing: { readonly time?: number | undefined; readonly metadata?: JsonObject | undefined } = {},
): void {
  if (call.ended) return;
  call.release();
  if (call.recordedBy !== undefined) {
    call.ended = true;
    return;
  }
  if (!hasAudience(call, call.chains)) {
    // A meter alone: the usage is all that it needs of the response.
    const measured = call.kind === 'llm' && isObserved(call, call.chains);
    closeUnobserved(call, outcome, {
      time: closing.time,
      answer: measured ? decode(call, call.own?.result) : undefined,
    });
    return;
  }
  const payload = call.kind === 'llm' ? withoutToolCredentials(result ?? call.data) : (result ?? call.data);
  const response = call.kind === 'llm' ? decode(call, result) : undefined;
  let { metadata } = closing;
  let answer: AnnotatedResponse | undefined;
  let described: Attributes = {};
  if (call.kind === 'llm') {
    const own = call.own?.result;
    answer = call.own === undefined ? undefined : own === result ? response : decode(call, own);
    const usage = answer?.usage;
    if (call.own === undefined) metadata = { ...metadata, [METADATA.USAGE]: null };
    else if (own !== result) metadata = { ...metadata, [METADATA.USAGE]: (usage ?? {}) as JsonObject };
    described = responseAttributes(response, usage);
    annotateSpan(call, described);
    if (settings.dialects.has('openinference')) annotateSpan(call, openInferenceResponse(call, response, usage));
    if (call.timeToFirstChunk !== undefined)
      annotateSpan(call, { [GEN_AI.RESPONSE_TIME_TO_FIRST_CHUNK]: call.timeToFirstChunk });
    rememberRun(call, response);
  }
  closeScope(call, {
    payload,
    time: closing.time,
    metadata,
    outcome,
    chains: call.chains,
    sanitizers: call.chains[call.family('sanitize_response')],
    call: observedCall(call, 'sanitize_response'),
    dataSchema: call.codec?.dataSchema,
    annotate: call.codec && annotationsOf(call.codec).end,
    profile: endProfile(call, response, outcome, answer),
    answer,
    reader: responseLog(call, outcome, described),
    content: outputContent,
  });
}

/** A response in the shape that all providers share, for what observes the call: a codec that throws costs the recording only. */
export function decode(call: Call, result: unknown): AnnotatedResponse | undefined {
  if (result === undefined || result === null) return undefined;
  try {
    return call.codec?.decodeResponse(result);
  } catch (error) {
    report('codec', call.codec?.id ?? call.name, error);
    return undefined;
  }
}

function endProfile(
  call: Call,
  response: AnnotatedResponse | undefined,
  { status }: Outcome,
  answer: AnnotatedResponse | undefined,
): JsonObject | undefined {
  const model = response?.model;
  const own = model === undefined ? profileOf(call) : profileOfModel(model);
  if (call.timeToFirstChunk === undefined && call.contributions === undefined && (call.annotation ?? null) === null)
    return own ?? undefined;
  const profile: Record<string, Json> = { ...own };
  if (call.timeToFirstChunk !== undefined) profile['time_to_first_chunk'] = call.timeToFirstChunk;
  if (call.contributions !== undefined)
    profile['optimization_summary'] = optimizationSummary(call.contributions, {
      model: response?.model,
      usage: answer?.usage,
    });
  // It annotates a result.
  if (call.kind === 'tool' && status === 'OK' && call.annotation !== undefined && call.annotation !== null)
    profile['tool_result_annotation'] = project(call.annotation);
  return profile;
}
