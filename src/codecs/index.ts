// SPDX-License-Identifier: Apache-2.0
export { anthropicMessages } from './anthropic-messages.ts';
export { bedrockConverse } from './bedrock-converse.ts';
export { codecById, detectRequest, detectResponse } from './detect.ts';
export { geminiEmbeddings } from './gemini-embeddings.ts';
export { geminiGenerateContent } from './gemini-generate-content.ts';
export { openaiChat } from './openai-chat.ts';
export { openaiCompletions } from './openai-completions.ts';
export { openaiEmbeddings } from './openai-embeddings.ts';
export { openaiResponses } from './openai-responses.ts';
