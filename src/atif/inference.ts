// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedResponse, Codec } from '../codecs/annotated.ts';
import { detectResponse } from '../codecs/index.ts';
import { defined, isObject, stringOf } from '../codecs/read.ts';
import { toText } from './content.ts';
import { ancestryOf, errorOf, invocationOf } from './lineage.ts';
import { inferenceOf, sumUsage, toMetrics } from './metrics.ts';
import type { RequestView } from './request-view.ts';
import { dataOf, profileOf, type Scope } from './scopes.ts';
import { draftCall, type StepDraft } from './step-draft.ts';

/** What a model scope returned: decoded where a codec understands it, else its text. */
export interface Answer {
  readonly response: AnnotatedResponse;
  readonly step: StepDraft;
}

/**
 * The agent step of a model call that has ended. `attempts` are the further inferences made for it (retries, hedges, fallbacks):
 * they are counted and their usage is added, but the step says what the call returned.
 */
export function answerOf(
  scope: Scope,
  request: RequestView | undefined,
  attempts: readonly Scope[],
  scopes: ReadonlyMap<string, Scope>,
): Answer {
  const response = responseOf(scope, request?.codec);
  const others = attempts.map((attempt) => ({ attempt, response: responseOf(attempt, request?.codec) }));
  // Streams that do not say whose usage a response holds: one response is one inference's.
  const repeated = response.id !== undefined && others.some((other) => other.response.id === response.id);
  const inferences = [
    inferenceOf(scope, repeated ? undefined : response.usage),
    ...others.map((other) => inferenceOf(other.attempt, other.response.usage)),
  ];
  const count = inferences.reduce((sum, inference) => sum + inference.count, 0);
  const metrics = toMetrics(sumUsage(inferences.map(({ usage }) => usage)));
  const error = errorOf(scope);
  const extra: { [key: string]: Json } = {
    ancestry: ancestryOf(scope, scopes),
    invocation: invocationOf(scope, scope.uuid),
    ...(response.finish_reason === undefined ? {} : { finish_reason: response.finish_reason }),
    ...(error ? { error } : {}),
  };
  const fields = defined<StepDraft['fields']>({
    source: 'agent',
    message: response.message ?? '',
    model_name: response.model ?? stringOf(profileOf(scope, 'model_name')) ?? request?.head.model,
    reasoning_effort: request?.head.params.reasoning_effort,
    // A step without inference must have neither.
    reasoning_content: count === 0 ? undefined : response.reasoning,
    metrics: count === 0 ? undefined : metrics,
    llm_call_count: count,
  });
  const calls = (response.tool_calls ?? []).map((call, place) => draftCall(call, `${scope.uuid}:${place}`));
  return { response, step: { micros: scope.end?.micros ?? 0, fields, extra, calls } };
}

function responseOf(scope: Scope, codec: Codec | undefined): AnnotatedResponse {
  const data = dataOf(scope.end);
  const decoded = codec?.decodeResponse(data) ?? detectResponse(data)?.decodeResponse(data);
  if (decoded) return decoded;
  return { message: isObject(data) && Object.keys(data).length === 0 ? '' : toText(data) };
}
