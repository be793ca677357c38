// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';

/** A function call that a model asked for. `arguments` is parsed where it was valid JSON, else the raw string. */
export interface AnnotatedToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Json;
}

/** One message of a request, the same shape for every provider. Content parts keep the provider's own extra keys. */
export interface AnnotatedMessage {
  readonly role: string;
  readonly content?: Json;
  readonly name?: string;
  readonly tool_calls?: readonly AnnotatedToolCall[];
  readonly tool_call_id?: string;
  /** Reasoning text that the message carries beside its content. */
  readonly reasoning?: string;
}

/** A tool offered to the model. */
export interface AnnotatedTool {
  readonly type: string;
  readonly name: string;
  readonly description?: string;
  readonly parameters?: Json;
}

/** A provider's request in one shape: what guardrails and intercepts read, and what they may edit. */
export interface AnnotatedRequest {
  readonly model?: string;
  /** System text that the provider keeps outside of the messages. */
  readonly instructions?: string;
  readonly messages: readonly AnnotatedMessage[];
  readonly tools?: readonly AnnotatedTool[];
  readonly tool_choice?: Json;
  readonly params: {
    readonly temperature?: number;
    readonly top_p?: number;
    readonly top_k?: number;
    readonly max_tokens?: number;
    readonly frequency_penalty?: number;
    readonly presence_penalty?: number;
    readonly seed?: number;
    readonly stop?: readonly string[];
    readonly n?: number;
    readonly reasoning_effort?: string;
  };
  readonly stream?: boolean;
  readonly previous_response_id?: string;
  readonly conversation_id?: string;
  /** Top-level fields that this shape does not model. */
  readonly extra?: JsonObject;
}

/** What one inference cost. */
export interface Cost {
  readonly total?: number;
  readonly input?: number;
  readonly output?: number;
  /** ISO 4217, `USD` where the provider names none. */
  readonly currency: string;
  readonly source: 'provider_reported' | 'model_pricing';
}

/**
 * Tokens of one inference, counted alike for every provider: `input_tokens` includes what was read from and written to a cache, `output_tokens`
 * includes reasoning. Absent means unknown, never zero.
 */
export interface Usage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly total_tokens?: number;
  readonly cache_read_tokens?: number;
  readonly cache_write_tokens?: number;
  /** The part of `cache_write_tokens` that lives for five minutes, and for one hour. */
  readonly cache_write_5m_tokens?: number;
  readonly cache_write_1h_tokens?: number;
  readonly reasoning_tokens?: number;
  readonly audio_input_tokens?: number;
  readonly audio_output_tokens?: number;
  readonly cost?: Cost;
}

/** Why the model stopped, in one vocabulary; a reason outside of it is kept as the provider wrote it. */
export type FinishReason = 'complete' | 'length' | 'tool_use' | 'content_filter' | (string & {});

/** One of several answers to the same request. */
export interface AnnotatedChoice {
  readonly message?: string;
  readonly reasoning?: string;
  readonly tool_calls?: readonly AnnotatedToolCall[];
  readonly finish_reason?: FinishReason;
}

/** A provider's response in one shape. */
export interface AnnotatedResponse {
  readonly id?: string;
  readonly model?: string;
  readonly message?: string;
  readonly reasoning?: string;
  readonly tool_calls?: readonly AnnotatedToolCall[];
  readonly finish_reason?: FinishReason;
  /** The provider's own words, one per choice. */
  readonly finish_reasons?: readonly string[];
  /** All answers, the first included, where there is more than one. */
  readonly choices?: readonly AnnotatedChoice[];
  readonly usage?: Usage;
}

/** Builds a provider-shaped response out of stream chunks, which may change once they were pushed. A chunk it does not know is ignored; it never throws. */
export interface Accumulator {
  push(chunk: unknown): void;
  /** The response as far as it came, or undefined when no chunk was understood. */
  response(): JsonObject | undefined;
}

/** Knows one provider surface. Pure, keeps nothing, never changes what it is given. Undefined where the content is not its own. */
export interface Codec {
  /** `openai_chat`, `openai_responses`, … */
  readonly id: string;
  /** GenAI semantic conventions: value of `gen_ai.operation.name`. */
  readonly operation: 'chat' | 'generate_content' | 'text_completion' | 'embeddings';
  /** ATOF `data_schema` of the payloads, where the specification names one. */
  readonly dataSchema?: { readonly name: string; readonly version: string };
  decodeRequest(content: unknown): AnnotatedRequest | undefined;
  /** What spans and metrics are named by, without the messages: these take long to decode. Default: `decodeRequest` is asked. */
  describe?(
    content: unknown,
  ): Pick<AnnotatedRequest, 'model' | 'params' | 'previous_response_id' | 'conversation_id'> | undefined;
  /** The original with only those fields changed in which `edited` differs from the decoded original. */
  encodeRequest(edited: AnnotatedRequest, original: unknown): unknown;
  decodeResponse(response: unknown): AnnotatedResponse | undefined;
  accumulator(): Accumulator;
}
