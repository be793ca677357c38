// SPDX-License-Identifier: Apache-2.0

import type { RecordedRequest } from './recorded-request.ts';

/** Makes one id for a prefix: `chatcmpl`, `call`, `resp`, `msg`, `fc`, `req`. */
export type MakeId = (prefix: string) => string;

/** A tool call the model asks for. An object is sent as its JSON text, a string exactly as it is (also when it is no JSON). */
export interface ReplyToolCall {
  readonly name: string;
  readonly arguments: string | object;
  readonly id?: string;
}

/** Token counts that replace the ones counted from the text. */
export interface ReplyUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** The error object of the provider; what is left out is null, as the provider sends it. */
export interface ReplyError {
  readonly message?: string;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** What makes a body arrive slowly or never completely. A chunk is one SSE event; a buffered body is one chunk. */
export interface Pace {
  /** Milliseconds before each chunk. */
  readonly chunkDelay?: number;
  /**
   * Awaited before the chunk with this index is written, or before the failure in its place: the way to hold a stream at
   * an exact place. Hold a failure until the client has read what came before, else its reader may drop it unread.
   */
  readonly gate?: (chunk: number) => Promise<unknown> | undefined;
  /** Closes the socket when this many chunks are written; of a buffered body half is sent first, whatever the number. */
  readonly failAfterChunks?: number;
  /** Sends the provider's error event when this many chunks are written, and ends the stream. */
  readonly errorAfterChunks?: number;
  readonly error?: ReplyError;
}

/** A model's answer: text, a refusal, tool calls, or several of them; the endpoint and `stream` decide the wire form. */
export interface AnswerReply extends Pace {
  readonly text?: string;
  /** How the text is cut when it is streamed; joined it is the text if `text` is left out. */
  readonly chunks?: readonly string[];
  readonly refusal?: string;
  readonly toolCalls?: readonly ReplyToolCall[];
  readonly finishReason?: string;
  readonly model?: string;
  readonly usage?: ReplyUsage;
  readonly ids?: MakeId;
  /** Unix seconds. */
  readonly created?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends a buffered body gzipped. */
  readonly compress?: boolean;
  /** One vector for each input of an embeddings request. */
  readonly vectors?: readonly (readonly number[])[];
}

/** A refusal by the provider, with its usual error body. */
export interface ErrorReply {
  readonly status: number;
  readonly error: ReplyError;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ids?: MakeId;
}

/** Exactly these bytes, for what the provider should never send. */
export interface RawReply {
  readonly raw: string | Uint8Array;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ids?: MakeId;
}

/** No answer: the request stays open until the client leaves, before the headers or after them. */
export interface HangReply {
  readonly hang: true | 'after-headers';
  readonly headers?: Readonly<Record<string, string>>;
  readonly ids?: MakeId;
}

/** The connection is cut before any byte of an answer. */
export interface DropReply {
  readonly drop: true;
}

export type Reply = AnswerReply | ErrorReply | RawReply | HangReply | DropReply;

/** Decides what is answered. `turn` counts the earlier requests to the same base URL, so it is 0 for the first. */
export type ReplyScript = (request: RecordedRequest, turn: number) => Reply | Promise<Reply>;
