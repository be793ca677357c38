// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation, LoadedPackage, PatchReport, Unseen } from '../src/instrument/definition.ts';
import { patchCallTool, patchRequest, patchRequestStream } from '../src/instrument/mcp-client.ts';
import { patchHandlers } from '../src/instrument/mcp-server.ts';

/* oxlint-disable typescript/no-explicit-any -- the SDK's exports, as each major has them */

const clientUnseen: readonly Unseen[] = [
  {
    what: 'what a task brings after the tool call that made it (`tasks/result`)',
    instead: 'a guardrail on that call, which is seen',
  },
  {
    what: 'the model that a server borrows from the application (`sampling/createMessage`)',
    instead: 'a patched SDK in the handler, or `flow.llm.execute`',
  },
  { what: 'resources, prompts, completions and elicitation', instead: '`flow.tool.execute` around the request' },
];

const serverUnseen: readonly Unseen[] = [
  { what: 'tool calls that `fallbackRequestHandler` answers', instead: '`setRequestHandler` for `tools/call`' },
];

/** Known by their methods: an application's own class may extend them, and a minifier leaves no name. */
const has = (Class: any, ...methods: readonly string[]): boolean =>
  methods.every((method) => typeof Class?.prototype?.[method] === 'function');
const isClient = (Class: any): boolean => has(Class, 'callTool', 'listTools');
const isServer = (Class: any): boolean => has(Class, 'setRequestHandler', 'getClientCapabilities');
const isMcpServer = (Class: any): boolean => has(Class, 'connect', 'isConnected', 'sendToolListChanged');

const clientIn = (exports: any): any => [exports?.Client, exports].find(isClient);
const serverIn = (exports: any): any =>
  [exports?.Server, exports?.McpServer, exports].find((Class) => isServer(Class) || isMcpServer(Class));

/** The class beneath, which a file that has `McpServer` alone does not export: each server makes one of it, and without a validator of its own that costs nothing. */
function handlersOf(Server: any): unknown {
  return isMcpServer(Server)
    ? new Server({ name: 'flow', version: '0' }, { jsonSchemaValidator: {} }).server?.constructor
    : Server;
}

function report(client: unknown, points: Readonly<Record<string, boolean>>): PatchReport {
  const names = (found: boolean): string[] => Object.keys(points).filter((name) => points[name] === found);
  return { patched: names(true), missing: names(false), client };
}

type Role = Pick<Instrumentation, 'name' | 'seams' | 'unseen' | 'clientIn' | 'patch'>;

const client: Role = {
  name: 'mcp',
  seams: ['Client.callTool', 'Client.request'],
  unseen: clientUnseen,
  clientIn,
  patch({ exports, tally }: LoadedPackage) {
    const Client = clientIn(exports) ?? exports?.Client;
    patchRequestStream(Client);
    return report(Client, {
      'Client.callTool': patchCallTool(Client, tally),
      'Client.request': patchRequest(Client, tally),
    });
  },
};

const server: Role = {
  name: 'mcp',
  seams: ['Server.setRequestHandler'],
  unseen: serverUnseen,
  clientIn: serverIn,
  patch({ exports, tally }: LoadedPackage) {
    const Server = serverIn(exports) ?? exports?.Server;
    return report(Server, { 'Server.setRequestHandler': patchHandlers(handlersOf(Server), tally) });
  },
};

const SDK = '@modelcontextprotocol/sdk';
const within = (...paths: readonly string[]): readonly string[] => paths.map((path) => `${SDK}/${path}`);

/**
 * Client and server of MCP: of version 1, where they are two parts of a package that has no main file (so it is hooked by the names of its parts, and of the
 * files that these are where they are required), and of version 2, where they are packages.
 */
export const mcp: readonly Instrumentation[] = [
  { ...client, module: `${SDK}/client`, entries: within('client/index.js', 'dist/cjs/client'), majors: [1, 1] },
  {
    ...server,
    module: `${SDK}/server`,
    entries: within('server/index.js', 'server/mcp.js', 'dist/cjs/server', 'dist/cjs/server/mcp'),
    majors: [1, 1],
  },
  { ...client, module: '@modelcontextprotocol/client', entries: [], majors: [2, 2] },
  { ...server, module: '@modelcontextprotocol/server', entries: [], majors: [2, 2] },
];
