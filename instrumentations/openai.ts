// SPDX-License-Identifier: Apache-2.0
import { openaiChat, openaiCompletions, openaiEmbeddings, openaiResponses } from '../src/codecs/index.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { type ClientTable, patchMakeRequest, providerByClass } from '../src/instrument/stainless.ts';
import { patchStream } from '../src/instrument/stream-items.ts';
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
    // After that of chat completions, which ends alike.
    { path: '/completions', codec: openaiCompletions, sentinel: '[DONE]', usageOnRequest: true },
    { path: '/embeddings', codec: openaiEmbeddings, encodeResult: encodeEmbeddings },
  ],
  unread: {
    paths: ['/responses/compact', '/decisions', '/graders/run', '/agents/sessions'],
    instead: 'use chat completions or responses',
  },
  provider: (client) => providerByClass(client, PROVIDERS) ?? 'openai',
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

// Resources keep the client that they are given, and the earliest of version 4 bind these methods of it.
const CLIENT = Object.fromEntries(
  ['get', 'post', 'patch', 'put', 'delete', 'getAPIList'].map((method) => [method, () => undefined]),
);

// Version 4 has the helper in `beta`, in a class that it exports nowhere.
function betaCompletions(Client: { Beta?: new (client: object) => { chat?: { completions?: object } } }): unknown {
  return Client?.Beta === undefined ? undefined : new Client.Beta(CLIENT).chat?.completions?.constructor;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the SDK's exports, as each major has them
function clientOf(exports: any): any {
  return exports?.OpenAI ?? exports?.AzureOpenAI ?? exports?.BedrockOpenAI ?? exports?.default ?? exports;
}

/** `openai`: chat completions, responses, completions and embeddings at the wire seam; the functions of `runTools` as tools. */
export const openai: Instrumentation = {
  name: 'openai',
  module: 'openai',
  entries: [
    'client',
    'index',
    'azure',
    'bedrock',
    'core/streaming',
    'streaming',
    'lib/ChatCompletionRunner',
    'lib/ChatCompletionStreamingRunner',
  ].flatMap((path) => ['', '.js', '.mjs'].map((extension) => `openai/${path}${extension}`)),
  majors: [4, 7],
  since: '4.16.0',
  seams: ['OpenAI.makeRequest'],
  wire: {
    userAgent: /^\w*OpenAI\w*\/JS (\S+)/,
    minified: /^[\w$]{1,3}\/JS (\S+)/,
    paths: table.endpoints.map(({ path }) => path),
  },
  unseen: [
    {
      what: 'all but chat completions, responses, completions and embeddings: `responses.compact`, decisions, graders, new sessions of agents that OpenAI runs',
      instead: 'chat completions or responses; `FLOW_UNPATCHED=refuse` refuses these',
    },
    {
      what: 'realtime sessions and responses over WebSocket, batches, audio, images, videos, moderations, assistants, further input to a session of an agent that OpenAI runs',
      instead: 'nothing yet',
    },
    {
      what: 'tools that the provider runs itself (web search, code, remote MCP)',
      instead: 'an intercept that takes them out of the request',
    },
    { what: 'functions given to the deprecated `runFunctions` of version 4', instead: '`runTools`' },
    { what: "tools that the application's own loop calls", instead: '`flow.tool.wrap(name, fn)`' },
    {
      what: 'request bodies that an application sends as bytes, forms or streams',
      instead: 'a plain object as body; `FLOW_UNPATCHED=refuse` refuses the rest',
    },
  ],
  clientIn: (exports) => (clientOf(exports)?.Chat?.Completions === undefined ? undefined : clientOf(exports)),
  patch({ exports, tally }) {
    patchRunner(exports.ChatCompletionRunner);
    patchRunner(exports.ChatCompletionStreamingRunner);
    patchStream(exports.Stream);
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
