// SPDX-License-Identifier: Apache-2.0
import { anthropicMessages } from '../src/codecs/index.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { patchOwnTracing } from '../src/instrument/own-tracing.ts';
import { patchStream } from '../src/instrument/stream-items.ts';
import { type ClientTable, patchMakeRequest, providerByClass } from '../src/instrument/stainless.ts';
import { patchRunner, patchToolRunner } from '../src/instrument/tool-runner.ts';

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['Anthropic', 'anthropic'],
  ['AnthropicBedrock', 'aws.bedrock'],
  ['AnthropicBedrockMantle', 'aws.bedrock'],
  ['AnthropicFoundry', 'azure.ai.inference'],
  ['AnthropicVertex', 'gcp.vertex_ai'],
]);

const table: ClientTable = {
  name: 'anthropic',
  // Counting tokens and batches have paths of their own beneath.
  endpoints: [{ path: '/v1/messages', codec: anthropicMessages }],
  unread: { paths: ['/v1/complete'], instead: 'use messages' },
  // The SDK's own name for it, from 0.134 on: a minifier leaves nothing of the class's.
  provider: (client) => providerByClass(client, PROVIDERS) ?? nameOf(client?._genAIProviderName) ?? 'anthropic',
  hasOwnSpan: (options) => options?.__span?.span?.isRecording?.() === true,
};

const nameOf = (name: unknown): string | undefined => (typeof name === 'string' && name !== '' ? name : undefined);

/* oxlint-disable typescript/no-explicit-any -- the SDK's exports, as each major has them */

/** Known by its members: the classes of the clouds, in packages of their own, extend one beneath it, and a minifier leaves no name. */
const isClient = (Class: any): boolean =>
  typeof Class === 'function' && Class.AnthropicError !== undefined && typeof Class.prototype?.post === 'function';

function clientIn(exports: any): any {
  const { Anthropic, default: main } = exports ?? {};
  const clouds = [...PROVIDERS.keys()].map((name) => exports?.[name]);
  return [exports, Anthropic, main, ...clouds].find(isClient);
}

/** The class of the resource. That of a cloud's client is known by what such a client has; one of our own is never used. */
function betaMessagesOf(Client: any): any {
  if (Client?.Beta !== undefined) return Client.Beta.Messages;
  for (const options of [
    { apiKey: 'none', awsRegion: 'none' },
    { region: 'none', projectId: 'none', authClient: {} },
  ])
    try {
      return new Client(options).beta.messages.constructor;
    } catch {
      // It takes other options, or has none such.
    }
  return undefined;
}

/** `@anthropic-ai/sdk`: messages, plain and beta, at the wire seam; the tools of `toolRunner` as tools. */
export const anthropic: Instrumentation = {
  name: 'anthropic',
  module: '@anthropic-ai/sdk',
  entries: ['client', 'index', 'core/streaming', 'streaming', 'lib/tools/BetaToolRunner'].flatMap((path) =>
    ['', '.js', '.mjs'].map((extension) => `@anthropic-ai/sdk/${path}${extension}`),
  ),
  majors: [0, 1],
  seams: ['Anthropic.makeRequest'],
  wire: {
    userAgent: /^\w*Anthropic\w*\/JS (\S+)/,
    minified: /^[\w$]{1,3}\/JS (\S+)/,
    paths: table.endpoints.map(({ path }) => path),
  },
  unseen: [
    { what: 'message batches, sessions of managed agents', instead: 'nothing yet' },
    { what: 'the old text completions', instead: 'messages; `FLOW_UNPATCHED=refuse` refuses these' },
    {
      what: 'tools that the provider runs itself (web search, code execution, remote MCP)',
      instead: 'an intercept that takes them out of the request',
    },
    { what: 'tools of the session tool runner, or given to a message thread by `update`', instead: '`toolRunner`' },
    {
      what: 'instructions and tools that an intercept changes in a further request of a message thread (`toolRunner` from version 1 on): it has those of its first request',
      instead: '`thread: false`, or change them in the first',
    },
    { what: "tools that the application's own loop calls", instead: '`flow.tool.wrap(name, fn)`' },
    {
      what: 'request bodies that an application sends as bytes, forms or streams',
      instead: 'a plain object as body; `FLOW_UNPATCHED=refuse` refuses the rest',
    },
  ],
  clientIn,
  patch({ exports, tally }) {
    patchRunner(exports.BetaToolRunner, 'anthropic');
    patchStream(exports.Stream);
    const Client = clientIn(exports) ?? exports?.Anthropic;
    const Beta = betaMessagesOf(Client);
    const points: (readonly [string, boolean])[] = [['Anthropic.makeRequest', patchMakeRequest(Client, table, tally)]];
    // Versions before 0.63 have none.
    if (Beta?.prototype?.toolRunner !== undefined || Beta?.BetaToolRunner !== undefined)
      points.push(['Beta.Messages.toolRunner', patchToolRunner(Beta, 'anthropic')]);
    // Versions from 0.134 on.
    patchOwnTracing(Client, 'anthropic', /^ANTHROPIC_OPEN_TELEMETRY(?:_TRACES|$)/);
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([name]) => name);
    const client: unknown = typeof Client === 'function' ? Client : undefined;
    return { patched: names(true), missing: names(false), client };
  },
};
