// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- the SDK's exports, as each major has them */
import { aiSdk } from '../src/codecs/ai-sdk.ts';
import { aiSdkEmbeddings } from '../src/codecs/ai-sdk-embeddings.ts';
import {
  anthropicMessages,
  geminiEmbeddings,
  geminiGenerateContent,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '../src/codecs/index.ts';
import { managePost, type PostTable } from '../src/instrument/ai-post.ts';
import { manageTools } from '../src/instrument/ai-tools.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { replaceExports } from '../src/instrument/replace-exports.ts';

/** What an application keeps out of its bundle to have all of the AI SDK patched. */
export const EXTERNAL = '`ai` and the `@ai-sdk/…` packages of its providers';

const table: PostTable = {
  name: 'ai',
  endpoints: [
    { path: '/chat/completions', codec: openaiChat, provider: 'openai', sentinel: '[DONE]', usageOnRequest: true },
    { path: '/responses', codec: openaiResponses, provider: 'openai' },
    { path: '/completions', codec: openaiCompletions, provider: 'openai', sentinel: '[DONE]', usageOnRequest: true },
    { path: '/embeddings', codec: openaiEmbeddings, provider: 'openai' },
    { path: '/messages', codec: anthropicMessages, provider: 'anthropic' },
    { path: ':rawPredict', codec: anthropicMessages, provider: 'gcp.vertex_ai' },
    { path: ':streamRawPredict', codec: anthropicMessages, provider: 'gcp.vertex_ai' },
    { path: ':generateContent', codec: geminiGenerateContent, provider: 'gcp.gemini' },
    { path: ':streamGenerateContent', codec: geminiGenerateContent, provider: 'gcp.gemini' },
    { path: ':embedContent', codec: geminiEmbeddings, provider: 'gcp.gemini' },
    { path: ':batchEmbedContents', codec: geminiEmbeddings, provider: 'gcp.gemini' },
    { path: '/language-model', codec: aiSdk, provider: 'vercel.ai_gateway' },
    { path: '/embedding-model', codec: aiSdkEmbeddings, provider: 'vercel.ai_gateway' },
  ],
  // By the name of the package that sends, where its user agent has that and the host does not tell.
  providers: {
    anthropic: 'anthropic',
    azure: 'azure.ai.openai',
    google: 'gcp.gemini',
    'google-vertex': 'gcp.vertex_ai',
    mistral: 'mistral_ai',
    openai: 'openai',
    xai: 'x_ai',
  },
};

const seams: Readonly<Record<string, typeof manageTools>> = {
  postJsonToApi: (original, _, tally) => managePost(original, table, tally),
  executeTool: manageTools,
};

/** `@ai-sdk/provider-utils`: what every provider of the AI SDK posts its requests with, and runs tools with. */
export const aiProviderUtils: Instrumentation = {
  name: 'ai',
  module: '@ai-sdk/provider-utils',
  entries: [],
  majors: [3, 5],
  since: '3.0.2 (with ai 5.0.11)',
  seams: Object.keys(seams),
  wire: { userAgent: /ai-sdk[/-]provider-utils\/(\S+)/, paths: table.endpoints.map(({ path }) => path) },
  external: EXTERNAL,
  unseen: [
    {
      what: 'images, speech, transcription, video, reranking, decisions, uploads, batches and realtime sessions',
      instead: 'nothing yet',
    },
    {
      what: 'embeddings of Vertex AI, and of providers with formats of their own, where other code than `embed` or `embedMany` asks for them',
      instead: '`embed` or `embedMany` of the `ai` package, or `flow.llm.execute` around the call',
    },
  ],
  clientIn: () => undefined,
  patch({ exports, tally }) {
    const found = Object.keys(seams).filter((name) => typeof exports?.[name] === 'function');
    const values = Object.fromEntries(found.map((name) => [name, seams[name]?.(exports[name], 'ai', tally)]));
    const missing = Object.keys(seams).filter((name) => !found.includes(name));
    return { patched: found, missing, client: undefined, exports: replaceExports(exports, values) };
  },
};
