// SPDX-License-Identifier: Apache-2.0
import type { Codec } from '../codecs/annotated.ts';
import { detectRequest, detectResponse, openaiChat, openaiEmbeddings, openaiResponses } from '../codecs/index.ts';

/** The provider surfaces that Flow can read. */
export const codecs: {
  readonly openaiChat: Codec;
  readonly openaiResponses: Codec;
  readonly openaiEmbeddings: Codec;
  /** The codec whose shape a request, or else a response, has. */
  readonly detect: (payload: unknown) => Codec | undefined;
} = Object.freeze({
  openaiChat,
  openaiResponses,
  openaiEmbeddings,
  detect: (payload: unknown) => detectRequest(payload) ?? detectResponse(payload),
});
