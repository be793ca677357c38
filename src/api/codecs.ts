// SPDX-License-Identifier: Apache-2.0
import type { Codec } from '../codecs/annotated.ts';
import {
  anthropicMessages,
  bedrockConverse,
  detectRequest,
  detectResponse,
  geminiGenerateContent,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '../codecs/index.ts';

/** The provider surfaces that Flow can read. */
export const codecs: {
  readonly openaiChat: Codec;
  readonly openaiResponses: Codec;
  /** The API of before Chat Completions. */
  readonly openaiCompletions: Codec;
  readonly openaiEmbeddings: Codec;
  readonly anthropicMessages: Codec;
  readonly geminiGenerateContent: Codec;
  readonly bedrockConverse: Codec;
  /** The codec whose shape a request, or else a response, has; undefined where it has none, or that of several. */
  readonly detect: (payload: unknown) => Codec | undefined;
} = Object.freeze({
  openaiChat,
  openaiResponses,
  openaiCompletions,
  openaiEmbeddings,
  anthropicMessages,
  geminiGenerateContent,
  bedrockConverse,
  detect: (payload: unknown) => detectRequest(payload) ?? detectResponse(payload),
});
