// SPDX-License-Identifier: Apache-2.0
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { GEN_AI, STABLE } from '../../semconv/index.ts';
import type { JsonObject, ScopeType } from '../atof/event.ts';
import type { AnnotatedRequest, AnnotatedResponse, Codec } from '../codecs/annotated.ts';
import { describeRequest } from '../codecs/describe.ts';
import { numberOf } from '../codecs/read.ts';

/** What of a call its span describes. */
export interface CallSubject {
  readonly kind: 'tool' | 'llm';
  /** Provider's id of a tool call. */
  readonly callId: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly codec: Codec | undefined;
  readonly streaming: boolean;
  readonly server: { readonly address: string; readonly port?: number | undefined } | undefined;
}

/** What a span is opened for: a scope, or a call with its current input. */
export interface SpanSubject {
  readonly name: string;
  readonly type: ScopeType;
  readonly metadata?: JsonObject | undefined;
  readonly call?: CallSubject | undefined;
}

/** Name, kind and attributes a span starts with. Sampling sees exactly these. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

const OPERATIONS: { readonly [Type in ScopeType]?: string } = {
  agent: 'invoke_agent',
  tool: 'execute_tool',
  llm: 'chat',
  embedder: 'embeddings',
  retriever: 'retrieval',
};
const CLIENTS: ReadonlySet<ScopeType> = new Set<ScopeType>(['llm', 'embedder', 'retriever', 'reranker']);
const CONVERSATION_KEYS = ['conversation_id', 'session_id', 'thread_id'] as const;

/** The start of a span in the GenAI conventions. `content` is the provider-shaped request of a model call. */
export function startSpan(subject: SpanSubject, content: unknown): SpanStart {
  const { name, type, call } = subject;
  const kind = CLIENTS.has(type) ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const operation = call?.kind === 'llm' ? (call.codec?.operation ?? OPERATIONS[type]) : OPERATIONS[type];
  if (operation === undefined) return { name, kind, attributes: withConversation({}, subject) };
  const attributes: Attributes = { [GEN_AI.OPERATION_NAME]: operation };
  if (type === 'agent') describeAgent(attributes, subject);
  if (type === 'tool') describeTool(attributes, subject);
  if (call?.kind === 'llm') describeModelCall(attributes, call, content);
  const target = call?.kind === 'llm' ? call.model : name;
  return { name: target === undefined ? operation : `${operation} ${target}`, kind, attributes };
}

function describeAgent(attributes: Attributes, subject: SpanSubject): void {
  attributes[GEN_AI.AGENT_NAME] = subject.name;
  withConversation(attributes, subject);
}

/** Of an agent, or of a scope that is no operation of the conventions: a run of steps, a graph. */
function withConversation(attributes: Attributes, { metadata }: SpanSubject): Attributes {
  for (const key of CONVERSATION_KEYS) {
    const id = metadata?.[key];
    if (typeof id !== 'string') continue;
    attributes[GEN_AI.CONVERSATION_ID] = id;
    break;
  }
  return attributes;
}

function describeTool(attributes: Attributes, { name, call }: SpanSubject): void {
  attributes[GEN_AI.TOOL_NAME] = name;
  attributes[GEN_AI.TOOL_TYPE] = 'function';
  if (call?.callId !== undefined) attributes[GEN_AI.TOOL_CALL_ID] = call.callId;
}

const PARAMETERS: readonly (readonly [attribute: string, name: keyof AnnotatedRequest['params']])[] = [
  [GEN_AI.REQUEST_TEMPERATURE, 'temperature'],
  [GEN_AI.REQUEST_TOP_P, 'top_p'],
  [GEN_AI.REQUEST_TOP_K, 'top_k'],
  [GEN_AI.REQUEST_MAX_TOKENS, 'max_tokens'],
  [GEN_AI.REQUEST_FREQUENCY_PENALTY, 'frequency_penalty'],
  [GEN_AI.REQUEST_PRESENCE_PENALTY, 'presence_penalty'],
  [GEN_AI.REQUEST_SEED, 'seed'],
  [GEN_AI.REQUEST_REASONING_LEVEL, 'reasoning_effort'],
];

function describeModelCall(attributes: Attributes, call: CallSubject, content: unknown): void {
  if (call.provider !== undefined) attributes[GEN_AI.PROVIDER_NAME] = call.provider;
  if (call.model !== undefined) attributes[GEN_AI.REQUEST_MODEL] = call.model;
  if (call.server !== undefined) {
    attributes[STABLE.SERVER_ADDRESS] = call.server.address;
    if (call.server.port !== undefined) attributes[STABLE.SERVER_PORT] = call.server.port;
  }
  if (call.streaming) attributes[GEN_AI.REQUEST_STREAM] = true;
  try {
    tellRequest(attributes, call.codec, content);
  } catch {
    // The request may be an object that cannot be read, the codec the application's own.
  }
}

function tellRequest(attributes: Attributes, codec: Codec | undefined, content: unknown): void {
  if (typeof content !== 'object' || content === null) return;
  const {
    params,
    conversation_id: conversation,
    previous_response_id: previous,
  } = describeRequest(codec, content) ?? {};
  for (const [attribute, name] of PARAMETERS) {
    const value = params?.[name];
    if (value !== undefined) attributes[attribute] = value as number | string;
  }
  if (params?.n !== undefined && params.n !== 1) attributes[GEN_AI.REQUEST_CHOICE_COUNT] = params.n;
  if (params?.stop !== undefined && params.stop.length > 0)
    attributes[GEN_AI.REQUEST_STOP_SEQUENCES] = [...params.stop];
  if (previous !== undefined) attributes[GEN_AI.REQUEST_PREVIOUS_RESPONSE_ID] = previous;
  if (conversation !== undefined) attributes[GEN_AI.CONVERSATION_ID] = conversation;
  if (codec !== undefined && codec.operation !== 'embeddings') return;
  const { encoding_format: encoding, dimensions } = content as Readonly<Record<string, unknown>>;
  if (typeof encoding === 'string') attributes[GEN_AI.REQUEST_ENCODING_FORMATS] = [encoding];
  if (numberOf(dimensions) !== undefined) attributes[GEN_AI.EMBEDDINGS_DIMENSION_COUNT] = dimensions as number;
}

/** What a model's response adds to its span. Usage is that of the one inference which this span made. */
export function responseAttributes(
  response: AnnotatedResponse | undefined,
  usage: AnnotatedResponse['usage'],
): Attributes {
  const attributes: Attributes = {};
  const set = (name: string, value: string | number | readonly string[] | undefined): void => {
    if (value !== undefined) attributes[name] = value as string | number | string[];
  };
  set(GEN_AI.RESPONSE_ID, response?.id);
  set(GEN_AI.RESPONSE_MODEL, response?.model);
  set(GEN_AI.RESPONSE_FINISH_REASONS, response?.finish_reasons);
  set(GEN_AI.USAGE_INPUT_TOKENS, usage?.input_tokens);
  set(GEN_AI.USAGE_OUTPUT_TOKENS, usage?.output_tokens);
  set(GEN_AI.USAGE_CACHE_READ_INPUT_TOKENS, usage?.cache_read_tokens);
  set(GEN_AI.USAGE_CACHE_WRITE_INPUT_TOKENS, usage?.cache_write_tokens);
  set(GEN_AI.USAGE_REASONING_OUTPUT_TOKENS, usage?.reasoning_tokens);
  return attributes;
}
