// SPDX-License-Identifier: Apache-2.0

// Every operation of a client, a line of JSON for each: `fidelity-app.mjs <major> <format> <transports>`, and again for each further format with its transports; a format after a plus with the policy of that name.
import { connect } from './connect.mjs';
import { load } from './load.mjs';
import { makeLowLevelServer, makeServer } from './make-server.mjs';

const [major, ...formats] = process.argv.slice(2);
let at = '';
let sdk;
const print = (what, value) => console.log(JSON.stringify([at, what, value]));

async function perform(what, run) {
  try {
    print(what, { result: await run() });
  } catch (error) {
    const { name, code, message, data } = error;
    print(what, { thrown: { class: error.constructor.name, name, code, message, data } });
  }
}

const inside = [];
const tell = (...what) => inside.push(what);
const call = (client, name, args, options) =>
  sdk.callTool(client, { name, ...(args ? { arguments: args } : {}) }, options);

for (let index = 0; index < formats.length; index += 2) {
  const [format, policy] = formats[index].split('+');
  if (policy) await import(`./${policy}.mjs`);
  sdk = await load(major, format);
  for (const transport of formats[index + 1].split(',')) await (transport === 'low' ? lowLevel() : helpers(transport));
}

async function helpers(transport) {
  at = transport;
  const { client, close } = await connect(sdk, transport, () => makeServer(sdk, tell));
  await perform('no arguments', () => call(client, 'ping'));
  await perform('arguments', () => call(client, 'add', { a: 1, b: 2 }));
  await perform('before the list of tools', () => call(client, 'sum', { a: 1, b: 2 }));
  await perform('tools', async () => (await client.listTools()).tools.map(({ name }) => name));
  await perform('structured', () => call(client, 'sum', { a: 1, b: 2 }));
  await perform('failing tool', () => call(client, 'fail'));
  await perform('unknown tool', () => call(client, 'nothing'));
  await perform('wrong arguments', () => call(client, 'add', { a: 'one' }));
  await perform('without callTool', () =>
    sdk.request(client, { method: 'tools/call', params: { name: 'add', arguments: { a: 2, b: 2 } } }),
  );
  const steps = [];
  await perform('progress', () => call(client, 'steps', undefined, { onprogress: (step) => steps.push(step) }));
  // What a pipe brings at once, progress and result, the SDK may take in another order.
  if (transport !== 'stdio') print('steps', steps);
  await perform('aborted before', () => call(client, 'ping', undefined, { signal: AbortSignal.abort('enough') }));
  const controller = new AbortController();
  const waiting = perform('aborted', () => call(client, 'wait', undefined, { signal: controller.signal }));
  if (transport === 'stdio') setTimeout(() => controller.abort('enough'), 20);
  else {
    while (!inside.some(([what]) => what === 'waiting')) await new Promise(setImmediate);
    controller.abort('enough');
  }
  await waiting;
  await perform('timed out', () => call(client, 'wait', undefined, { timeout: 20 }));
  if (transport === 'memory' || transport === 'stdio')
    await perform('sampling and elicitation', () => call(client, 'ask'));
  if (sdk.inputRequired) await perform('rounds', () => call(client, 'rounds', { a: 1, b: 2 }));
  await perform('resource', () => client.readResource({ uri: 'file:///readme' }));
  await perform('prompt', () => client.getPrompt({ name: 'greet', arguments: { name: 'Ada' } }));
  await perform('no name', () => sdk.callTool(client, { arguments: {} }));
  if (client.experimental)
    await perform('stream', async () => {
      const seen = [];
      for await (const message of client.experimental.tasks.callToolStream({ name: 'ping' })) seen.push(message);
      return seen;
    });
  if (transport !== 'stdio') {
    while (inside.filter(([what]) => what === 'gave up').length < 2) await new Promise(setImmediate);
    print('inside', inside.splice(0));
  }
  await close();
  await perform('closed', () => call(client, 'ping'));
}

async function lowLevel() {
  at = 'low';
  const { client, close } = await connect(sdk, 'http', () => makeLowLevelServer(sdk, tell));
  await client.listTools();
  await perform('arguments', () => call(client, 'echo', { a: [1, { b: null }] }));
  await perform('mismatch', () => call(client, 'wrong'));
  await perform('protocol error', () => call(client, 'refuse'));
  await perform('shapeless', () => call(client, 'shapeless'));
  print('inside', inside.splice(0));
  await close();
  print('methods', [client.callTool.name, client.callTool.length, client.request.name, client.request.length]);
  print('keys', [Object.keys(client).filter((key) => key.includes('flow')), Object.keys(sdk.Client.prototype)]);
}
