// SPDX-License-Identifier: Apache-2.0

// What an application has of MCP, under the same names in both majors: `load('1', 'esm')`.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const PARTS = ['client/index.js', 'client/stdio.js', 'client/streamableHttp.js', 'inMemory.js', 'types.js'];
const SERVER_PARTS = ['server/mcp.js', 'server/index.js', 'server/stdio.js', 'server/streamableHttp.js'];
const MODULES = {
  1: [...PARTS, ...SERVER_PARTS].map((file) => `@modelcontextprotocol/sdk/${file}`),
  2: ['client', 'client/stdio', 'server', 'server/stdio', 'node'].map((name) => `@modelcontextprotocol/${name}`),
};

export async function load(major, format) {
  const names = [...MODULES[major], 'zod'];
  const modules = await Promise.all(names.map((name) => (format === 'cjs' ? require(name) : import(name))));
  const sdk = Object.assign({}, ...modules);
  const isFirst = major === '1';
  return {
    ...sdk,
    major,
    format,
    z: modules.at(-1).z,
    HttpServerTransport: isFirst ? sdk.StreamableHTTPServerTransport : sdk.NodeStreamableHTTPServerTransport,
    CALL: isFirst ? sdk.CallToolRequestSchema : 'tools/call',
    LIST: isFirst ? sdk.ListToolsRequestSchema : 'tools/list',
    SAMPLE: isFirst ? sdk.CreateMessageRequestSchema : 'sampling/createMessage',
    ELICIT: isFirst ? sdk.ElicitRequestSchema : 'elicitation/create',
    Failure: isFirst ? sdk.McpError : sdk.ProtocolError,
    /** What handlers get beside the request. */
    extraOf: (extra) => extra.mcpReq ?? { ...extra, notify: extra.sendNotification },
    shape: (fields) => (isFirst ? fields : modules.at(-1).z.object(fields)),
    callTool: (client, params, options) =>
      isFirst ? client.callTool(params, undefined, options) : client.callTool(params, options),
    request: (client, message, options) =>
      isFirst ? client.request(message, sdk.CallToolResultSchema, options) : client.request(message, options),
  };
}
