// SPDX-License-Identifier: Apache-2.0
import { openaiChat, openaiEmbeddings } from '../../../src/codecs/index.ts';
import type { Instrumentation } from '../../../src/instrument/definition.ts';
import { type ClientTable, patchMakeRequest } from '../../../src/instrument/stainless.ts';

// What the client sends, and in whose words: Groq speaks OpenAI's format under a path of its own.
const table: ClientTable = {
  name: 'groq',
  endpoints: [
    { path: '/chat/completions', codec: openaiChat, sentinel: '[DONE]' },
    { path: '/embeddings', codec: openaiEmbeddings },
  ],
  provider: () => 'groq',
};

/** `groq-sdk`: chat completions and embeddings at the wire seam. */
export const groq: Instrumentation = {
  name: 'groq',
  module: 'groq-sdk',
  entries: ['groq-sdk/index', 'groq-sdk/index.js', 'groq-sdk/index.mjs'],
  majors: [1, 1],
  seams: ['Groq.makeRequest'],
  wire: { userAgent: /^\w*Groq\w*\/JS (\S+)/, paths: ['/chat/completions', '/embeddings'] },
  unseen: [
    { what: 'audio, batches, files', instead: 'nothing yet' },
    {
      what: 'tools that the provider runs itself (`compound` models)',
      instead: 'an intercept that takes the model out',
    },
  ],
  clientIn: (exports) => exports?.Groq,
  patch({ exports, tally }) {
    const Client = exports.Groq;
    const isPatched = patchMakeRequest(Client, table, tally);
    return { patched: isPatched ? this.seams : [], missing: isPatched ? [] : this.seams, client: Client };
  },
};
