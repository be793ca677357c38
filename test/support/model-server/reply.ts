// SPDX-License-Identifier: Apache-2.0

import type { RecordedRequest } from './recorded-request.ts';

/** Makes one id for a prefix, such as `chatcmpl`, `msg` or `req`. */
export type MakeId = (prefix: string) => string;

/** A tool call the model asks for. An object is sent as its JSON text, a string exactly as it is (also when it is no JSON). */
export interface ReplyToolCall {
  readonly name: string;
  readonly arguments: string | object;
  readonly id?: string;
}

/** What stands before the body of an answer. The headers win over those the provider sends by itself. */
export interface ReplyHead {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ids?: MakeId;
}

/** What makes a body arrive slowly or never completely. A chunk is one SSE event; a buffered body is one chunk. */
export interface Pace<ReplyError> {
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

/** What the answers of all providers have in common. */
export interface ModelAnswer<ReplyError> extends Pace<ReplyError>, ReplyHead {
  readonly text?: string;
  /** How the text is cut when it is streamed; joined it is the text if `text` is left out. */
  readonly chunks?: readonly string[];
  readonly toolCalls?: readonly ReplyToolCall[];
  readonly model?: string;
  /** Sends a buffered body gzipped. */
  readonly compress?: boolean;
  /** One vector for each input of an embeddings request. */
  readonly vectors?: readonly (readonly number[])[];
}

/** A refusal by the provider, with its usual error body. */
export interface ErrorReply<ReplyError> extends ReplyHead {
  readonly status: number;
  readonly error: ReplyError;
}

/** Exactly these bytes, for what the provider should never send. */
export interface RawReply extends ReplyHead {
  readonly raw: string | Uint8Array;
}

/** No answer: the request stays open until the client leaves, before the headers or after them. */
export interface HangReply extends ReplyHead {
  readonly hang: true | 'after-headers';
}

/** The connection is cut before any byte of an answer. */
export interface DropReply {
  readonly drop: true;
}

/** What a script can answer, for a provider with this form of answer and of error. */
export type ModelReply<Answer, ReplyError> = Answer | ErrorReply<ReplyError> | RawReply | HangReply | DropReply;

/** Decides what is answered. `turn` counts the earlier requests to the same base URL, so it is 0 for the first. */
export type Script<Reply> = (request: RecordedRequest, turn: number) => Reply | Promise<Reply>;
