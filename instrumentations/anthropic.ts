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
  provider: (client) => providerByClass(client, PROVIDERS) ?? 'anthropic',
  hasOwnSpan: (options) => options?.__span?.span?.isRecording?.() === true,
};

// oxlint-disable-next-line typescript/no-explicit-any -- the SDK's exports, as each major has them
function clientOf(exports: any): any {
  // The class itself names the one beneath it as `Anthropic`.
  return exports?.Messages === undefined ? (exports?.Anthropic ?? exports?.default ?? exports) : exports;
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
    { what: 'message batches, the old text completions, sessions of managed agents', instead: 'nothing yet' },
    {
      what: 'tools that the provider runs itself (web search, code execution, remote MCP)',
      instead: 'an intercept that takes them out of the request',
    },
    { what: 'tools of the session tool runner, or given to a message thread by `update`', instead: '`toolRunner`' },
    { what: "tools that the application's own loop calls", instead: '`flow.tool.wrap(name, fn)`' },
    {
      what: 'request bodies that an application sends as bytes, forms or streams',
      instead: 'a plain object as body; `FLOW_UNPATCHED=refuse` refuses the rest',
    },
  ],
  clientIn: (exports) => {
    const Client = clientOf(exports);
    return Client?.Messages === undefined || Client.Chat !== undefined ? undefined : Client;
  },
  patch({ exports, tally }) {
    patchRunner(exports.BetaToolRunner, 'anthropic');
    patchStream(exports.Stream);
    const Client = clientOf(exports);
    const Beta = Client?.Beta?.Messages;
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
