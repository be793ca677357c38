// SPDX-License-Identifier: Apache-2.0

import type { ModelAnswer, ModelReply, Script } from '../model-server/reply.ts';

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

/** A model's answer: text, a refusal, tool calls, or several of them; the endpoint and `stream` decide the wire form. */
export interface AnswerReply extends ModelAnswer<ReplyError> {
  readonly refusal?: string;
  readonly finishReason?: string;
  readonly usage?: ReplyUsage;
  /** Unix seconds. */
  readonly created?: number;
}

export type Reply = ModelReply<AnswerReply, ReplyError>;

/** Decides what is answered. Ids are asked for with the prefixes `chatcmpl`, `call`, `resp`, `msg`, `fc`, `req`. */
export type ReplyScript = Script<Reply>;
