// SPDX-License-Identifier: Apache-2.0
import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { flow, isFlowError } from '@flow/register/api';

const server = new McpServer({ name: 'files', version: '1' });
for (const name of ['read', 'delete'])
  server.registerTool(name, {}, () => ({ content: [{ type: 'text', text: `${name} done` }] }));
const [mine, its] = InMemoryTransport.createLinkedPair();
await server.connect(its);
const client = new Client({ name: 'agent', version: '1' });
await client.connect(mine);

flow.tool.addConditionalExecution('read-only', ({ name }) =>
  name === 'delete' ? 'nothing is deleted here' : undefined,
);
console.log((await client.callTool({ name: 'read' })).content[0].text);
await client.callTool({ name: 'delete' }).catch((error) => console.log(isFlowError(error).message));
await client.close();
