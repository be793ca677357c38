// SPDX-License-Identifier: Apache-2.0
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { GEN_AI, STABLE } from '../../semconv/index.ts';
import type { JsonObject, ScopeType } from '../atof/event.ts';
import type { AnnotatedResponse, Codec } from '../codecs/annotated.ts';

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
  if (operation === undefined) return { name, kind, attributes: {} };
  const attributes: Attributes = { [GEN_AI.OPERATION_NAME]: operation };
  if (type === 'agent') describeAgent(attributes, subject);
  if (type === 'tool') describeTool(attributes, subject);
  if (call?.kind === 'llm') describeModelCall(attributes, call, content);
  const target = call?.kind === 'llm' ? call.model : name;
  return { name: target === undefined ? operation : `${operation} ${target}`, kind, attributes };
}

function describeAgent(attributes: Attributes, { name, metadata }: SpanSubject): void {
  attributes[GEN_AI.AGENT_NAME] = name;
  for (const key of CONVERSATION_KEYS) {
    const id = metadata?.[key];
    if (typeof id === 'string') {
      attributes[GEN_AI.CONVERSATION_ID] = id;
      return;
    }
  }
}

function describeTool(attributes: Attributes, { name, call }: SpanSubject): void {
  attributes[GEN_AI.TOOL_NAME] = name;
  attributes[GEN_AI.TOOL_TYPE] = 'function';
  if (call?.callId !== undefined) attributes[GEN_AI.TOOL_CALL_ID] = call.callId;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isString = (value: unknown): value is string => typeof value === 'string';

/** Request fields that providers share, in the order in which the first present one wins. */
const PARAMETERS: readonly (readonly [attribute: string, fits: (value: unknown) => boolean, ...fields: string[]])[] = [
  [GEN_AI.REQUEST_TEMPERATURE, isNumber, 'temperature'],
  [GEN_AI.REQUEST_TOP_P, isNumber, 'top_p'],
  [GEN_AI.REQUEST_MAX_TOKENS, isNumber, 'max_completion_tokens', 'max_output_tokens', 'max_tokens'],
  [GEN_AI.REQUEST_FREQUENCY_PENALTY, isNumber, 'frequency_penalty'],
  [GEN_AI.REQUEST_PRESENCE_PENALTY, isNumber, 'presence_penalty'],
  [GEN_AI.REQUEST_SEED, isNumber, 'seed'],
  [GEN_AI.REQUEST_REASONING_LEVEL, isString, 'reasoning_effort'],
  [GEN_AI.REQUEST_PREVIOUS_RESPONSE_ID, isString, 'previous_response_id'],
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
    describeRequest(attributes, content);
  } catch {
    // The request may be an object that cannot be read.
  }
}

function describeRequest(attributes: Attributes, content: unknown): void {
  if (typeof content !== 'object' || content === null) return;
  const request = content as Record<string, unknown>;
  for (const [attribute, fits, ...fields] of PARAMETERS)
    for (const field of fields)
      if (fits(request[field])) {
        attributes[attribute] = request[field] as number | string;
        break;
      }
  const { n, stop, reasoning, encoding_format: encoding, dimensions, conversation } = request;
  if (isNumber(n) && n !== 1) attributes[GEN_AI.REQUEST_CHOICE_COUNT] = n;
  if (isString(stop)) attributes[GEN_AI.REQUEST_STOP_SEQUENCES] = [stop];
  else if (Array.isArray(stop) && stop.every(isString)) attributes[GEN_AI.REQUEST_STOP_SEQUENCES] = stop;
  const effort = (reasoning as { effort?: unknown } | null | undefined)?.effort;
  if (isString(effort)) attributes[GEN_AI.REQUEST_REASONING_LEVEL] = effort;
  if (isString(encoding)) attributes[GEN_AI.REQUEST_ENCODING_FORMATS] = [encoding];
  if (isNumber(dimensions)) attributes[GEN_AI.EMBEDDINGS_DIMENSION_COUNT] = dimensions;
  const conversationId = isString(conversation)
    ? conversation
    : (conversation as { id?: unknown } | null | undefined)?.id;
  if (isString(conversationId)) attributes[GEN_AI.CONVERSATION_ID] = conversationId;
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
