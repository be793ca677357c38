// SPDX-License-Identifier: Apache-2.0

// An agent whose tools are those of a server: one that works, one that fails, one that policy rejects. `structure-app.mjs <major> <format> <transport>`.
import { flow } from '@flow/register/api';
import { connect } from './connect.mjs';
import { load } from './load.mjs';
import { makeServer } from './make-server.mjs';

const [major, format, transport] = process.argv.slice(2);
const sdk = await load(major, format);

await flow.scope.run('assistant', { type: 'agent', metadata: { session_id: 's1' } }, async () => {
  const { client, close } = await connect(sdk, transport, () => makeServer(sdk));
  await sdk.callTool(client, { name: 'add', arguments: { a: 1, b: 2 } });
  await sdk.callTool(client, { name: 'fail' });
  flow.tool.addConditionalExecution('no pings', () => 'not today');
  await sdk.callTool(client, { name: 'ping' }).catch(() => {});
  await close();
});
