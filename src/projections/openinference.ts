// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { OPENINFERENCE } from '../../semconv/index.ts';
import type { ScopeType } from '../atof/event.ts';
import type { AnnotatedResponse, Usage } from '../codecs/annotated.ts';
import type { CallSubject, SpanSubject } from './gen-ai.ts';
import { invocationParameters } from './openinference-parameters.ts';

/** Values of `openinference.span.kind` that scopes of ours have. */
export type OpenInferenceKind =
  | 'LLM'
  | 'EMBEDDING'
  | 'TOOL'
  | 'AGENT'
  | 'RETRIEVER'
  | 'RERANKER'
  | 'GUARDRAIL'
  | 'EVALUATOR'
  | 'CHAIN';

const KINDS: { readonly [Type in ScopeType]?: OpenInferenceKind } = {
  llm: 'LLM',
  embedder: 'EMBEDDING',
  tool: 'TOOL',
  agent: 'AGENT',
  retriever: 'RETRIEVER',
  reranker: 'RERANKER',
  guardrail: 'GUARDRAIL',
  evaluator: 'EVALUATOR',
};

/** The OpenInference kind of a scope or call; what has no kind of its own links others. */
export function openInferenceKind({ type, call }: SpanSubject): OpenInferenceKind {
  return call?.codec?.operation === 'embeddings' ? 'EMBEDDING' : (KINDS[type] ?? 'CHAIN');
}

/** What an OpenInference span starts with, beside whose it is. `content` is the provider-shaped request of a model call; of it only parameters are told. */
export function openInferenceStart(subject: SpanSubject, content: unknown): Attributes {
  const kind = openInferenceKind(subject);
  const attributes: Attributes = { [OPENINFERENCE.OPENINFERENCE_SPAN_KIND]: kind };
  const { name, call } = subject;
  if (kind === 'AGENT') attributes[OPENINFERENCE.AGENT_NAME] = name;
  if (kind === 'TOOL') {
    attributes[OPENINFERENCE.TOOL_NAME] = name;
    if (call?.callId !== undefined) attributes[OPENINFERENCE.TOOL_ID] = call.callId;
  }
  if (call?.kind !== 'llm') return attributes;
  if (kind === 'EMBEDDING') {
    // The conventions know neither provider nor parameters of these.
    if (call.model !== undefined) attributes[OPENINFERENCE.EMBEDDING_MODEL_NAME] = call.model;
    return attributes;
  }
  describeModel(attributes, call);
  const parameters = invocationParameters(content);
  if (parameters !== undefined) attributes[OPENINFERENCE.LLM_INVOCATION_PARAMETERS] = parameters;
  return attributes;
}

/** Names of providers and products where OpenInference has others than the GenAI conventions. */
const PROVIDERS: Readonly<Record<string, string>> = {
  'aws.bedrock': 'aws',
  'azure.ai.inference': 'azure',
  'azure.ai.openai': 'azure',
  'gcp.gemini': 'google',
  'gcp.gen_ai': 'google',
  'gcp.vertex_ai': 'google',
  mistral_ai: 'mistralai',
  moonshot_ai: 'moonshot',
  x_ai: 'xai',
};
/** The product whose API it is, whoever runs the model. */
const SYSTEMS: readonly (readonly [codecs: string, system: string])[] = [
  ['openai_', 'openai'],
  ['anthropic_', 'anthropic'],
  ['gemini_', 'vertexai'],
  ['bedrock_', 'amazon'],
];

function describeModel(attributes: Attributes, { model, provider, codec }: CallSubject): void {
  if (model !== undefined) {
    attributes[OPENINFERENCE.LLM_MODEL_NAME] = model;
    attributes[OPENINFERENCE.LLM_REQUEST_MODEL_NAME] = model;
  }
  if (provider !== undefined)
    attributes[OPENINFERENCE.LLM_PROVIDER] = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : provider;
  const system = SYSTEMS.find(([prefix]) => codec?.id.startsWith(prefix) === true)?.[1];
  if (system !== undefined) attributes[OPENINFERENCE.LLM_SYSTEM] = system;
}

/** What a model's response adds to its span. Usage is that of the one inference which this span made. */
export function openInferenceResponse(
  subject: SpanSubject,
  response: AnnotatedResponse | undefined,
  usage: Usage | undefined,
): Attributes {
  const attributes: Attributes = {};
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  const embedding = openInferenceKind(subject) === 'EMBEDDING';
  // Readers price a span by this name, and the response knows which model it was.
  set(embedding ? OPENINFERENCE.EMBEDDING_MODEL_NAME : OPENINFERENCE.LLM_MODEL_NAME, response?.model);
  if (!embedding) set(OPENINFERENCE.LLM_RESPONSE_MODEL_NAME, response?.model);
  set(OPENINFERENCE.LLM_FINISH_REASON, response?.finish_reasons?.[0] ?? response?.finish_reason);
  if (usage === undefined) return attributes;
  const { input_tokens: prompt, output_tokens: completion, total_tokens: total, cost } = usage;
  set(OPENINFERENCE.LLM_TOKEN_COUNT_PROMPT, prompt);
  set(OPENINFERENCE.LLM_TOKEN_COUNT_COMPLETION, completion);
  // One that is smaller than its parts counts something else.
  if (total !== undefined && total >= (prompt ?? 0) + (completion ?? 0))
    set(OPENINFERENCE.LLM_TOKEN_COUNT_TOTAL, total);
  set(OPENINFERENCE.LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ, usage.cache_read_tokens);
  set(OPENINFERENCE.LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE, usage.cache_write_tokens);
  set(OPENINFERENCE.LLM_TOKEN_COUNT_PROMPT_DETAILS_AUDIO, usage.audio_input_tokens);
  set(OPENINFERENCE.LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING, usage.reasoning_tokens);
  set(OPENINFERENCE.LLM_TOKEN_COUNT_COMPLETION_DETAILS_AUDIO, usage.audio_output_tokens);
  // The conventions count in US dollars.
  if (cost?.currency !== 'USD') return attributes;
  set(OPENINFERENCE.LLM_COST_TOTAL, cost.total);
  set(OPENINFERENCE.LLM_COST_PROMPT, cost.input);
  set(OPENINFERENCE.LLM_COST_COMPLETION, cost.output);
  return attributes;
}
