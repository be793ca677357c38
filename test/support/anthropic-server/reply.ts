// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { ModelAnswer, ModelReply, Script } from '../model-server/reply.ts';

/** Token counts that replace the ones counted from the text. `input` does not include what was read from or written to the cache. */
export interface ReplyUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** The error object of the provider; the type follows from the status when it is left out. */
export interface ReplyError {
  readonly message?: string;
  readonly type?: string;
}

/** A model's message: thinking, text, tool calls, in this order; `stream` decides the wire form. */
export interface AnswerReply extends ModelAnswer<ReplyError> {
  /** Sent with a signature. */
  readonly thinking?: string;
  /** Content blocks before all others, as they are on the wire: redacted thinking, a tool that the provider runs and its result. */
  readonly blocks?: readonly JsonObject[];
  readonly stopReason?: string;
  readonly stopSequence?: string;
  readonly usage?: ReplyUsage;
}

export type Reply = ModelReply<AnswerReply, ReplyError>;

/** Decides what is answered. Ids are asked for with the prefixes `msg`, `toolu`, `req`. */
export type ReplyScript = Script<Reply>;
