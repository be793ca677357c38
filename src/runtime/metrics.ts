// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { GEN_AI, GEN_AI_METRIC, METRIC_ATTRIBUTE, STABLE } from '../../semconv/index.ts';
import { now } from '../atof/clock.ts';
import type { AnnotatedResponse, Usage } from '../codecs/annotated.ts';
import { startSpan } from '../projections/gen-ai.ts';
import type { Scope } from '../scope/scope.ts';
import type { Call } from './call.ts';
import { report } from './diagnostics.ts';
import { agentOf, callsOf, countClosed, countOpened, isMade } from './metrics-agent.ts';
import { secondsPerChunk } from './metrics-chunks.ts';
import { type MetricName, hasMeter, record } from './metrics-instruments.ts';
import { settings } from './settings.ts';
import type { Outcome } from './span.ts';

/** What of a span's first attributes has few enough values for a metric. */
const DIMENSIONS: readonly string[] = [
  GEN_AI.OPERATION_NAME,
  GEN_AI.PROVIDER_NAME,
  GEN_AI.REQUEST_MODEL,
  GEN_AI.AGENT_NAME,
  GEN_AI.TOOL_NAME,
  GEN_AI.TOOL_TYPE,
  STABLE.SERVER_ADDRESS,
  STABLE.SERVER_PORT,
];
/** Codes of errors come from anywhere: what looks like a sentence or an id is none. */
const ERROR_TYPE = /^[A-Za-z_][\w.$:-]{0,63}$|^\d{3}$/;

/** The scope opens. `micros` is its start where nobody else has noted one. */
export function measureStart(scope: Scope, micros?: number): void {
  if (scope.quiet || !hasMeter()) return;
  if (scope.startMicros === 0) scope.startMicros = micros ?? now();
  countOpened(scope);
}

/**
 * The scope has ended: records how long it took and, for a model call, what its own inference used. `answer` is the response of that inference.
 * Does not depend on spans, so sampling does not matter. Never throws.
 */
export function measureEnd(
  scope: Scope,
  micros: number,
  outcome: Outcome | undefined,
  answer: AnnotatedResponse | undefined,
): void {
  if (scope.quiet || scope.startMicros === 0 || !hasMeter()) return;
  try {
    countClosed(scope);
    if (!isMade(scope)) return;
    const seconds = Math.max(0, (micros - scope.startMicros) / 1e6);
    if (scope.call?.kind === 'llm') measureModelCall(scope as Call, seconds, outcome, answer);
    else measureScope(scope, seconds, outcome);
  } catch (error) {
    report('metrics', scope.name, error);
  }
}

const SCOPE_DURATIONS: { readonly [Type in Scope['type']]?: MetricName } = {
  tool: GEN_AI_METRIC.EXECUTE_TOOL_DURATION,
  agent: GEN_AI_METRIC.INVOKE_AGENT_DURATION,
  embedder: GEN_AI_METRIC.OPERATION_DURATION,
  retriever: GEN_AI_METRIC.OPERATION_DURATION,
};

function measureScope(scope: Scope, seconds: number, outcome: Outcome | undefined): void {
  const name = SCOPE_DURATIONS[scope.type];
  if (name === undefined) return;
  const attributes = dimensionsOf(scope);
  const agent = scope.type === 'tool' ? agentOf(scope) : undefined;
  if (agent !== undefined) attributes[GEN_AI.AGENT_NAME] = agent.name.toWellFormed();
  record(name, seconds, withError(attributes, outcome));
  if (scope.type !== 'agent') return;
  const { inferences, tools } = callsOf(scope);
  record(GEN_AI_METRIC.INVOKE_AGENT_INFERENCE_CALLS, inferences, attributes);
  record(GEN_AI_METRIC.INVOKE_AGENT_TOOL_CALLS, tools, attributes);
}

function measureModelCall(
  call: Call,
  seconds: number,
  outcome: Outcome | undefined,
  answer: AnnotatedResponse | undefined,
): void {
  const attributes = dimensionsOf(call);
  if (answer?.model !== undefined) attributes[GEN_AI.RESPONSE_MODEL] = answer.model.toWellFormed();
  const failed = withError(attributes, outcome);
  const inference = attributes[GEN_AI.OPERATION_NAME] !== 'embeddings';
  const legacy = settings.legacyMetrics;
  record(inference && !legacy ? GEN_AI_METRIC.INFERENCE_DURATION : GEN_AI_METRIC.OPERATION_DURATION, seconds, failed);
  if (call.timeToFirstChunk !== undefined)
    record(
      legacy ? GEN_AI_METRIC.LEGACY_TIME_TO_FIRST_CHUNK : GEN_AI_METRIC.INFERENCE_TIME_TO_FIRST_CHUNK,
      call.timeToFirstChunk,
      attributes,
    );
  const perChunk = secondsPerChunk(call);
  if (perChunk !== undefined)
    record(
      legacy ? GEN_AI_METRIC.LEGACY_TIME_PER_OUTPUT_CHUNK : GEN_AI_METRIC.INFERENCE_TIME_PER_OUTPUT_CHUNK,
      perChunk,
      attributes,
    );
  if (answer?.usage === undefined) return;
  if (legacy) recordLegacyUsage(answer.usage, attributes);
  else if (inference) recordUsage(answer.usage, attributes, failed);
}

// What the provider did not count is not recorded: a zero would say that it cost nothing.
function recordUsage(usage: Usage, attributes: Attributes, failed: Attributes): void {
  addTokens(GEN_AI_METRIC.USAGE_INPUT_TOKENS, usage.input_tokens, attributes, usage.audio_input_tokens);
  addTokens(GEN_AI_METRIC.USAGE_OUTPUT_TOKENS, usage.output_tokens, attributes, usage.audio_output_tokens);
  addTokens(GEN_AI_METRIC.USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read_tokens, attributes);
  addTokens(GEN_AI_METRIC.USAGE_CACHE_WRITE_INPUT_TOKENS, usage.cache_write_tokens, attributes);
  addTokens(GEN_AI_METRIC.USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning_tokens, attributes);
  if (isCount(usage.input_tokens)) record(GEN_AI_METRIC.OPERATION_INPUT_TOKENS, usage.input_tokens, failed);
  if (isCount(usage.output_tokens)) record(GEN_AI_METRIC.OPERATION_OUTPUT_TOKENS, usage.output_tokens, failed);
}

function addTokens(name: MetricName, total: number | undefined, attributes: Attributes, audio = 0): void {
  if (!isCount(total)) return;
  const spoken = isCount(audio) ? Math.min(audio, total) : 0;
  const add = (value: number, modality: string): void =>
    record(name, value, { ...attributes, [METRIC_ATTRIBUTE.TOKEN_MODALITY]: modality });
  if (spoken > 0) add(spoken, 'audio');
  if (spoken === 0 || total > spoken) add(total - spoken, 'unknown');
}

function recordLegacyUsage(usage: Usage, attributes: Attributes): void {
  for (const [type, value] of [
    ['input', usage.input_tokens],
    ['output', usage.output_tokens],
  ] as const)
    if (isCount(value))
      record(GEN_AI_METRIC.LEGACY_TOKEN_USAGE, value, { ...attributes, [METRIC_ATTRIBUTE.TOKEN_TYPE]: type });
}

const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function dimensionsOf(scope: Scope): Attributes {
  const described = startSpan(scope, undefined).attributes;
  const attributes: Attributes = {};
  for (const name of DIMENSIONS) {
    const value = described[name];
    if (value !== undefined) attributes[name] = typeof value === 'string' ? value.toWellFormed() : value;
  }
  return attributes;
}

function withError(attributes: Attributes, outcome: Outcome | undefined): Attributes {
  const type = outcome?.errorType;
  if (type === undefined) return attributes;
  return { ...attributes, [STABLE.ERROR_TYPE]: ERROR_TYPE.test(type) ? type : '_OTHER' };
}
