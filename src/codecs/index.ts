// SPDX-License-Identifier: Apache-2.0
export { codecById, detectRequest, detectResponse } from './detect.ts';
export { openaiChat } from './openai-chat.ts';
export { openaiEmbeddings } from './openai-embeddings.ts';
export { openaiResponses } from './openai-responses.ts';
