// SPDX-License-Identifier: Apache-2.0
import { geminiEmbeddings, geminiGenerateContent } from '../src/codecs/index.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { type GenaiTable, patchApiClient, patchBeneath } from '../src/instrument/genai-client.ts';
import { patchLoops, patchSending } from '../src/instrument/genai-models.ts';

/* oxlint-disable typescript/no-explicit-any -- the SDK's exports, as each major has them */

const by = 'google-genai';

const table: GenaiTable = {
  by,
  // Counting tokens, images and videos have methods of their own.
  endpoints: {
    generateContent: { path: ':generateContent', codec: geminiGenerateContent },
    streamGenerateContent: { path: ':streamGenerateContent', codec: geminiGenerateContent },
    batchEmbedContents: { path: ':batchEmbedContents', codec: geminiEmbeddings },
    embedContent: { path: ':embedContent', codec: geminiEmbeddings },
    predict: { path: ':predict', codec: geminiEmbeddings },
  },
};

/** Known by what its constructor makes: an application's own class may extend it, and a minifier leaves no name. */
function clientIn(exports: any): any {
  const isClient = (Class: any): boolean => {
    for (let at = Class; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
      if (/\.apiClient\b[^]*\.authTokens\b|\.apiClient\b[^]*\.tunings\b/.test(String(at))) return true;
    return false;
  };
  return [exports?.GoogleGenAI, exports].find(isClient);
}

/** The class of the client beneath is exported nowhere; a client of our own, that is never used, has one. Undefined where that would say something. */
function makeClient(GoogleGenAI: any, quietly: boolean): any {
  const { GOOGLE_API_KEY, GEMINI_API_KEY } = process.env;
  if (quietly && GOOGLE_API_KEY && GEMINI_API_KEY) return undefined;
  try {
    return new GoogleGenAI({ apiKey: 'none', vertexai: false });
  } catch {
    return undefined;
  }
}

/** `@google/genai`: content and embeddings at the client that sends them; the tools that it calls by itself as tools. */
export const googleGenai: Instrumentation = {
  name: by,
  module: '@google/genai',
  entries: ['@google/genai/node', '@google/genai/web'],
  majors: [1, 3],
  seams: ['ApiClient.apiCall'],
  wire: {
    userAgent: /^google-genai-sdk\/(\S+)/,
    // What is posted to `:predict` is mostly something else.
    paths: [':generateContent', ':streamGenerateContent', ':batchEmbedContents', ':embedContent'],
  },
  unseen: [
    { what: 'live sessions over WebSocket, `interactions`, batches, images and videos', instead: 'nothing yet' },
    {
      what: 'tools that the provider runs itself (Google Search, Maps, URL context, code execution, file search)',
      instead: 'an intercept that takes them out of the request',
    },
    {
      what: "function calls that the application's own loop answers, also with `callTool` of its own tools",
      instead: '`flow.tool.wrap(name, fn)`',
    },
    { what: 'what `caches` and `files` upload', instead: 'a guardrail on the request that names them' },
  ],
  clientIn,
  patch({ exports, version, format, tally }) {
    const GoogleGenAI = clientIn(exports);
    const Models = exports?.Models ?? makeClient(GoogleGenAI, false)?.models?.constructor;
    const label = `@google/genai@${version} (${format})`;
    const isReached = patchSending(Models, exports?.ApiError, (client) => patchBeneath(client, table, tally, label));
    const hasLoops = patchLoops(Models, by);
    const client = makeClient(GoogleGenAI, true);
    const points: readonly (readonly [string, boolean])[] = [
      ['ApiClient.apiCall', client === undefined ? isReached : patchApiClient(client.apiClient, table, tally)],
      ['Models.generateContent', client === undefined ? isReached : hasLoops(client.models)],
    ];
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([name]) => name);
    return { patched: names(true), missing: names(false), client: typeof Models === 'function' ? Models : undefined };
  },
};
