// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { ModelAnswer, ModelReply, ReplyToolCall, Script } from '../model-server/reply.ts';

/** A function call the model asks for; only one with an id is sent with an id. */
export interface ReplyFunctionCall extends ReplyToolCall {
  readonly arguments: object;
}

/** Token counts that replace the ones counted from the text. */
export interface ReplyUsage {
  readonly prompt?: number;
  readonly candidates?: number;
  readonly thoughts?: number;
  readonly cached?: number;
}

/** A `google.rpc.Status` without its code, which is that of the answer. What is left out follows from the code. */
export interface ReplyError {
  readonly code?: number;
  readonly message?: string;
  readonly status?: string;
  readonly details?: readonly JsonObject[];
}

/** A model's answer: thoughts, text, function calls, in this order. Ids are asked for with the prefix `resp`. */
export interface AnswerReply extends ModelAnswer<ReplyError> {
  /** A summary of thoughts, sent as a part of its own before the text. */
  readonly thoughts?: string;
  readonly toolCalls?: readonly ReplyFunctionCall[];
  readonly finishReason?: string;
  /** The prompt is refused for this reason: an answer without candidates. */
  readonly blockReason?: string;
  readonly usage?: ReplyUsage;
}

export type Reply = ModelReply<AnswerReply, ReplyError>;
export type ReplyScript = Script<Reply>;
