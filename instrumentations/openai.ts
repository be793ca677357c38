// SPDX-License-Identifier: Apache-2.0
import { openaiChat, openaiEmbeddings, openaiResponses } from '../src/codecs/index.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { type ClientTable, patchMakeRequest } from '../src/instrument/stainless.ts';
import { patchRunTools, patchRunner } from '../src/instrument/run-tools.ts';

const table: ClientTable = {
  name: 'openai',
  endpoints: [
    { path: '/chat/completions', codec: openaiChat, sentinel: '[DONE]', usageOnRequest: true },
    { path: '/responses', codec: openaiResponses },
    { path: '/embeddings', codec: openaiEmbeddings, encodeResult: encodeEmbeddings },
  ],
  provider: (client) => (client.constructor?.name === 'AzureOpenAI' ? 'azure.ai.openai' : 'openai'),
};

// The SDK asks for base64 unless told otherwise, and up to version 6 decodes whatever comes back as if it were.
function encodeEmbeddings(result: unknown, content: unknown): unknown {
  const { encoding_format: format } = content as { encoding_format?: unknown };
  const { data } = (result ?? {}) as { data?: unknown };
  if (format !== 'base64' || !Array.isArray(data)) return result;
  const encode = (item: { embedding?: unknown }): unknown =>
    Array.isArray(item.embedding)
      ? { ...item, embedding: Buffer.from(Float32Array.from(item.embedding as number[]).buffer).toString('base64') }
      : item;
  return { ...(result as object), data: data.map(encode) };
}

// Version 4 has the helper in `beta`, in a class that it exports nowhere; its resources only keep the client they are given.
function betaCompletions(Client: { Beta?: new (client: object) => { chat?: { completions?: object } } }): unknown {
  return Client?.Beta === undefined ? undefined : new Client.Beta({}).chat?.completions?.constructor;
}

/** `openai`: chat completions, responses and embeddings at the wire seam; the functions of `runTools` as tools. */
export const openai: Instrumentation = {
  name: 'openai',
  module: 'openai',
  entries: ['client', 'index', 'azure', 'lib/ChatCompletionRunner', 'lib/ChatCompletionStreamingRunner'].flatMap(
    (path) => ['', '.js', '.mjs'].map((extension) => `openai/${path}${extension}`),
  ),
  majors: [4, 7],
  seams: ['OpenAI.makeRequest'],
  patch({ exports, tally }) {
    patchRunner(exports.ChatCompletionRunner);
    patchRunner(exports.ChatCompletionStreamingRunner);
    const Client = exports.OpenAI ?? exports.AzureOpenAI ?? exports.default ?? exports;
    const points: readonly (readonly [string, boolean])[] = [
      ['OpenAI.makeRequest', patchMakeRequest(Client, table, tally)],
      ['Chat.Completions.runTools', patchRunTools(Client?.Chat?.Completions) || patchRunTools(betaCompletions(Client))],
    ];
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([name]) => name);
    const client: unknown = typeof Client === 'function' ? Client : undefined;
    return { patched: names(true), missing: names(false), client };
  },
};
