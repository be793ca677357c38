// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/** A client that samples and elicits, connected to a server of this process or to one in a process of its own. Resolves to it and to what closes both. */
export async function connect(sdk, transport, makeServer) {
  const capabilities = { sampling: {}, elicitation: {} };
  const versionNegotiation = { mode: transport === 'modern' ? 'auto' : 'legacy' };
  const client = new sdk.Client({ name: 'client', version: '1' }, { capabilities, versionNegotiation });
  client.setRequestHandler(sdk.SAMPLE, () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }));
  client.setRequestHandler(sdk.ELICIT, () => ({ action: 'accept', content: { name: 'Ada' } }));
  if (transport === 'stdio') {
    const args = [...process.execArgv, fileURLToPath(new URL('serve.mjs', import.meta.url)), sdk.major, sdk.format];
    const env = { ...process.env };
    await client.connect(new sdk.StdioClientTransport({ command: process.execPath, args, env, stderr: 'inherit' }));
    return { client, close: () => client.close() };
  }
  if (transport === 'memory') {
    const [mine, its] = sdk.InMemoryTransport.createLinkedPair();
    await makeServer().connect(its);
    await client.connect(mine);
    return { client, close: () => client.close() };
  }
  const web = createServer(await handlerOf(sdk, transport, makeServer)).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const url = new URL(`http://127.0.0.1:${web.address().port}/mcp`);
  await client.connect(new sdk.StreamableHTTPClientTransport(url));
  const close = async () => {
    await client.close();
    web.closeAllConnections();
    web.close();
  };
  return { client, close };
}

/** `modern` is the protocol of 2026, which has no sessions, and a server for each request. */
async function handlerOf(sdk, transport, makeServer) {
  if (transport === 'modern') return sdk.toNodeHandler(sdk.createMcpHandler(makeServer));
  const its = new sdk.HttpServerTransport({ sessionIdGenerator: randomUUID });
  await makeServer().connect(its);
  return (request, response) => its.handleRequest(request, response);
}
