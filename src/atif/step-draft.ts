// SPDX-License-Identifier: Apache-2.0
import { rfc3339 } from '../atof/clock.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedToolCall } from '../codecs/annotated.ts';
import { parseArguments } from '../codecs/call-arguments.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import { isObject } from '../codecs/read.ts';
import type { Scope } from './scopes.ts';
import type { Content, ObservationResult, Step, SubagentTrajectoryRef, ToolCall } from './trajectory.ts';

/** A step that may still get results, and its number once all steps are there. */
export interface StepDraft {
  readonly micros: number;
  readonly fields: Omit<Step, 'step_id' | 'timestamp' | 'tool_calls' | 'observation' | 'extra'>;
  readonly extra: { [key: string]: Json };
  readonly calls: CallDraft[];
  /** The tool whose call and result are still to be added. */
  readonly run?: Scope;
  /** Its JSON text without its number, where that is there already: then nothing else says what the step is. */
  readonly line?: string;
}

/** A tool call of a step, with what is known of its result so far. */
export interface CallDraft {
  readonly id: string;
  readonly name: string;
  readonly arguments: Json;
  readonly extra: JsonObject | undefined;
  /** What the tool's own scope recorded: it wins. */
  own: OwnResult | undefined;
  /** What a later request told the model that the tool gave. */
  sent: Content | undefined;
  readonly refs: SubagentTrajectoryRef[];
}

/** A result as the tool itself gave it. `ancestry` and `invocation` go to the step. */
export interface OwnResult {
  readonly content: Content;
  readonly extra: JsonObject;
  readonly ancestry?: JsonObject;
  readonly invocation?: JsonObject;
}

/** A call as a model asked for it. A call without an id gets one from what asked for it and its place. */
export function draftCall(call: AnnotatedToolCall, fallbackId: string, extra?: JsonObject): CallDraft {
  return {
    id: call.id === '' ? fallbackId : call.id,
    name: call.name,
    arguments: call.arguments,
    extra,
    own: undefined,
    sent: undefined,
    refs: [],
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The step as the document holds it. A run of many tools prints very many of them: fields are set one by one, which costs least. */
export function printStep({ micros, fields, extra, calls }: StepDraft, stepId: number): Step {
  const step: Writable<Step> = { step_id: stepId, timestamp: rfc3339(micros), ...fields };
  if (calls.length > 0) {
    const results = calls.flatMap((call) => printResult(call) ?? []);
    step.tool_calls = calls.map(printCall);
    if (results.length > 0) step.observation = { results };
  }
  const all = withOrigins(extra, calls);
  if (all !== undefined) step.extra = all;
  return step;
}

// Undefined where there is nothing to say.
function withOrigins(extra: JsonObject, calls: readonly CallDraft[]): JsonObject | undefined {
  let ancestry: JsonObject[] | undefined;
  let invocations: JsonObject[] | undefined;
  for (const { own } of calls) {
    if (own?.ancestry) (ancestry ??= []).push(own.ancestry);
    if (own?.invocation) (invocations ??= []).push(own.invocation);
  }
  if (!ancestry && !invocations) return isEmpty(extra) ? undefined : extra;
  const all: { [key: string]: Json } = { ...extra };
  if (ancestry) all['tool_ancestry'] = ancestry;
  if (invocations) all['tool_invocations'] = invocations;
  return all;
}

function printCall({ id, name, arguments: input, extra }: CallDraft): ToolCall {
  const call: Writable<ToolCall> = { tool_call_id: id, function_name: name, arguments: isObject(input) ? input : {} };
  // No arguments at all are an empty object; what is no object is kept as it came.
  const raw = isObject(input) || input === '' || input === null ? undefined : { raw_arguments: input };
  if (raw || (extra && !isEmpty(extra))) call.extra = { ...extra, ...raw };
  return call;
}

function printResult({ id, own, sent, refs }: CallDraft): ObservationResult | undefined {
  if (!own && sent === undefined && refs.length === 0) return undefined;
  const result: Writable<ObservationResult> = { source_call_id: id };
  const content = own?.content ?? sent;
  if (content !== undefined) result.content = content;
  if (refs.length > 0) result.subagent_trajectory_ref = refs;
  if (own && sent !== undefined && !saysTheSame(own.content, sent))
    result.extra = { ...own.extra, sent_to_model: sent as Json };
  else if (own && !isEmpty(own.extra)) result.extra = own.extra;
  return result;
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}

/** The same JSON in another layout says the same. */
function saysTheSame(a: Content, b: Content): boolean {
  return sameJson(parseArguments(a), parseArguments(b));
}
