// SPDX-License-Identifier: Apache-2.0
import { openaiChat, openaiEmbeddings, openaiResponses } from '../src/codecs/index.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { type ClientTable, patchMakeRequest } from '../src/instrument/stainless.ts';
import { patchRunTools, patchRunner } from '../src/instrument/run-tools.ts';

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['OpenAI', 'openai'],
  ['AzureOpenAI', 'azure.ai.openai'],
  ['BedrockOpenAI', 'aws.bedrock'],
]);

const table: ClientTable = {
  name: 'openai',
  endpoints: [
    { path: '/chat/completions', codec: openaiChat, sentinel: '[DONE]', usageOnRequest: true },
    { path: '/responses', codec: openaiResponses },
    { path: '/embeddings', codec: openaiEmbeddings, encodeResult: encodeEmbeddings },
  ],
  provider: providerOf,
};

// Behind a gateway only the class tells; an application's own may extend it.
function providerOf(client: object): string {
  for (let at: object | null = client; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const provider = PROVIDERS.get(at.constructor?.name);
    if (provider !== undefined) return provider;
  }
  return 'openai';
}

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

// oxlint-disable-next-line typescript/no-explicit-any -- the SDK's exports, as each major has them
function clientOf(exports: any): any {
  return exports?.OpenAI ?? exports?.AzureOpenAI ?? exports?.BedrockOpenAI ?? exports?.default ?? exports;
}

/** `openai`: chat completions, responses and embeddings at the wire seam; the functions of `runTools` as tools. */
export const openai: Instrumentation = {
  name: 'openai',
  module: 'openai',
  entries: [
    'client',
    'index',
    'azure',
    'bedrock',
    'lib/ChatCompletionRunner',
    'lib/ChatCompletionStreamingRunner',
  ].flatMap((path) => ['', '.js', '.mjs'].map((extension) => `openai/${path}${extension}`)),
  majors: [4, 7],
  seams: ['OpenAI.makeRequest'],
  // A minifier leaves little of the name of the class.
  userAgent: /^(?:\w*OpenAI\w*|\w{1,3})\/JS (\S+)/,
  hasClient: (exports) => clientOf(exports)?.Chat?.Completions !== undefined,
  patch({ exports, tally }) {
    patchRunner(exports.ChatCompletionRunner);
    patchRunner(exports.ChatCompletionStreamingRunner);
    const Client = clientOf(exports);
    const points: readonly (readonly [string, boolean])[] = [
      ['OpenAI.makeRequest', patchMakeRequest(Client, table, tally)],
      ['Chat.Completions.runTools', patchRunTools(Client?.Chat?.Completions) || patchRunTools(betaCompletions(Client))],
    ];
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([name]) => name);
    const client: unknown = typeof Client === 'function' ? Client : undefined;
    return { patched: names(true), missing: names(false), client };
  },
};
