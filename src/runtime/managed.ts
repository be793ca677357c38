// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { GEN_AI, METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import type { AnnotatedResponse } from '../codecs/annotated.ts';
import { drive } from '../pipeline/drive.ts';
import { responseAttributes } from '../projections/gen-ai.ts';
import { requestContent, responseContent, toolContent } from '../projections/gen-ai-content.ts';
import type { Call, LlmRequest } from './call.ts';
import { CallView } from './call-view.ts';
import { withoutCredentials } from './credentials.ts';
import { isObserved } from './emit.ts';
import { checkGuardrails } from './guardrails.ts';
import { closeScope, emitMark, openScope, profileOf } from './lifecycle.ts';
import { OK, outcomeOf } from './outcome.ts';
import { applyRequestIntercepts } from './request-intercepts.ts';
import { joinRun, rememberRun } from './runs.ts';
import { settings } from './settings.ts';
import { type Outcome, annotateSpan } from './span.ts';

/** Steps 1 and 2: guardrails and request intercepts. A promise only when one of them returned one. Throws what refuses the call. */
export function prepare(call: Call): void | Promise<void> {
  if (
    call.chains[call.family('conditional_execution')].length === 0 &&
    call.chains[call.family('request_intercept')].length === 0
  )
    return undefined;
  return drive(steps(call));
}

function* steps(call: Call): Generator<unknown, void, unknown> {
  yield* checkGuardrails(call);
  yield* applyRequestIntercepts(call);
}

/** Step 3: opens the call's scope with the request as it will be sent. */
export function begin(call: Call): void {
  const payload = call.kind === 'llm' ? withoutCredentials(call.input as LlmRequest) : call.input;
  const joined = call.kind === 'llm' ? joinRun(call) : undefined;
  const metadata: Record<string, Json> = {};
  if (call.guardrails !== undefined) metadata[METADATA.GUARDRAILS] = call.guardrails;
  if (call.codec !== undefined) metadata[METADATA.CODEC] = call.codec.id;
  if (call.provider !== undefined) metadata[METADATA.PROVIDER] = call.provider;
  if (joined !== undefined) metadata[METADATA.RUN] = joined.how;
  openScope(call, call.frame, {
    payload,
    joined,
    metadata,
    chains: call.chains,
    sanitizers: call.chains[call.family('sanitize_request')],
    call: new CallView(call),
    request: call.kind === 'llm' ? (payload as LlmRequest).content : undefined,
    dataSchema: call.codec?.dataSchema,
    content: (value) => inputContent(call, value),
  });
  call.opened = true;
  if (call.heldMarks !== undefined) for (const mark of call.heldMarks.splice(0)) emitMark(call, mark, call.chains);
}

function inputContent(call: Call, payload: unknown): Attributes {
  if (!settings.dialects.has('gen_ai') || payload === undefined || payload === null) return {};
  if (call.kind === 'tool') return toolContent(GEN_AI.TOOL_CALL_ARGUMENTS, payload);
  return call.codec?.operation === 'embeddings'
    ? {}
    : requestContent(call.codec, (payload as Partial<LlmRequest>).content);
}

function outputContent(call: Call, payload: unknown): Attributes {
  if (!settings.dialects.has('gen_ai') || payload === undefined || payload === null) return {};
  return call.kind === 'tool' ? toolContent(GEN_AI.TOOL_CALL_RESULT, payload) : responseContent(call.codec, payload);
}

/** Step 6: closes the call's scope with what it returned. */
export function succeed(call: Call, result: unknown): void {
  finish(call, result, OK);
}

/** Step 6 for a call that threw or was cancelled; `partial` is what a stream had brought by then. */
export function fail(call: Call, error: unknown, partial?: unknown): void {
  finish(call, partial, outcomeOf(error));
}

/** Closes the call's scope. An end without a result records the call's `data`. */
export function finish(call: Call, result: unknown, outcome: Outcome): void {
  if (call.ended) return;
  const payload = result ?? call.data;
  const observed = isObserved(call, call.chains);
  const response = observed && call.kind === 'llm' ? decode(call, result) : undefined;
  const metadata: Record<string, Json> = {};
  if (observed && call.kind === 'llm') {
    const sameInference = call.own !== undefined && call.own.result === result;
    const own = sameInference || call.own === undefined ? response : decode(call, call.own.result);
    const usage = call.own === undefined && outcome.status === 'OK' ? undefined : own?.usage;
    if (!sameInference && result !== undefined)
      metadata[METADATA.USAGE] = call.own === undefined ? null : ((usage ?? {}) as JsonObject);
    annotateSpan(call, responseAttributes(response, usage));
    if (call.timeToFirstChunk !== undefined)
      annotateSpan(call, { [GEN_AI.RESPONSE_TIME_TO_FIRST_CHUNK]: call.timeToFirstChunk });
    rememberRun(call, response);
  }
  closeScope(call, {
    payload,
    metadata,
    outcome,
    chains: call.chains,
    sanitizers: call.chains[call.family('sanitize_response')],
    call: new CallView(call),
    dataSchema: call.codec?.dataSchema,
    profile: endProfile(call, response),
    content: (value) => outputContent(call, value),
  });
}

function decode(call: Call, result: unknown): AnnotatedResponse | undefined {
  return result === undefined || result === null ? undefined : call.codec?.decodeResponse(result);
}

function endProfile(call: Call, response: AnnotatedResponse | undefined): JsonObject {
  const profile: Record<string, Json> = { ...profileOf(call) };
  if (response?.model !== undefined) profile['model_name'] = response.model;
  if (call.timeToFirstChunk !== undefined) profile['time_to_first_chunk'] = call.timeToFirstChunk;
  if (call.annotation !== undefined && call.annotation !== null)
    profile['tool_result_annotation'] = project(call.annotation);
  return profile;
}
