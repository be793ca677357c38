// SPDX-License-Identifier: Apache-2.0
import { rfc3339 } from '../atof/clock.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedToolCall } from '../codecs/annotated.ts';
import { parseArguments } from '../codecs/call-arguments.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import { defined, isObject } from '../codecs/read.ts';
import type { Content, ObservationResult, Step, SubagentTrajectoryRef, ToolCall } from './trajectory.ts';

/** A step that may still get results, and its number once all steps are there. */
export interface StepDraft {
  readonly micros: number;
  readonly fields: Omit<Step, 'step_id' | 'timestamp' | 'tool_calls' | 'observation' | 'extra'>;
  readonly extra: { [key: string]: Json };
  readonly calls: CallDraft[];
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

/** The step as the document holds it. */
export function printStep({ micros, fields, extra, calls }: StepDraft, stepId: number): Step {
  const results = calls.flatMap((call) => printResult(call) ?? []);
  const owned = calls.flatMap(({ own }) => own ?? []);
  const ancestry = owned.flatMap((own) => own.ancestry ?? []);
  const invocations = owned.flatMap((own) => own.invocation ?? []);
  const all: JsonObject = {
    ...extra,
    ...(ancestry.length > 0 ? { tool_ancestry: ancestry } : {}),
    ...(invocations.length > 0 ? { tool_invocations: invocations } : {}),
  };
  return defined<Step>({
    step_id: stepId,
    timestamp: rfc3339(micros),
    ...fields,
    tool_calls: calls.length > 0 ? calls.map(printCall) : undefined,
    observation: results.length > 0 ? { results } : undefined,
    extra: Object.keys(all).length > 0 ? all : undefined,
  });
}

function printCall({ id, name, arguments: input, extra }: CallDraft): ToolCall {
  // No arguments at all are an empty object; what is no object is kept as it came.
  const raw = isObject(input) || input === '' || input === null ? {} : { raw_arguments: input };
  const all = { ...extra, ...raw };
  return defined<ToolCall>({
    tool_call_id: id,
    function_name: name,
    arguments: isObject(input) ? input : {},
    extra: Object.keys(all).length > 0 ? all : undefined,
  });
}

function printResult({ id, own, sent, refs }: CallDraft): ObservationResult | undefined {
  if (!own && sent === undefined && refs.length === 0) return undefined;
  const differs = own && sent !== undefined && !saysTheSame(own.content, sent);
  const extra = { ...own?.extra, ...(differs ? { sent_to_model: sent as Json } : {}) };
  return defined<ObservationResult>({
    source_call_id: id,
    content: own?.content ?? sent,
    subagent_trajectory_ref: refs.length > 0 ? refs : undefined,
    extra: Object.keys(extra).length > 0 ? extra : undefined,
  });
}

/** The same JSON in another layout says the same. */
function saysTheSame(a: Content, b: Content): boolean {
  return sameJson(parseArguments(a), parseArguments(b));
}
