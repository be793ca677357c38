// SPDX-License-Identifier: Apache-2.0

// What policy can do to the tool calls of a client and of a server, a line of JSON for each: `control-app.mjs <major> <format>`.
import { flow, isFlowError } from '@flow/register/api';
import { coverage } from '@flow/register/sdk';
import { connect } from './connect.mjs';
import { load } from './load.mjs';
import { makeLowLevelServer, makeServer } from './make-server.mjs';

const [major, format] = process.argv.slice(2);
const sdk = await load(major, format);
const inside = [];
const tell = (...what) => inside.push(what);
const memory = await connect(sdk, 'memory', () => makeServer(sdk, tell));
const http = await connect(sdk, 'http', () => makeServer(sdk, tell));
const low = await connect(sdk, 'http', () => makeLowLevelServer(sdk, tell));
const add = ({ client }, args = { a: 1, b: 2 }) => sdk.callTool(client, { name: 'add', arguments: args });
const addRaw = ({ client }) =>
  sdk.request(client, { method: 'tools/call', params: { name: 'add', arguments: { a: 1, b: 2 } } });
const printed = (value) => JSON.parse(JSON.stringify(value));

async function show(what, run, register) {
  let asked = 0;
  const count = flow.tool.addConditionalExecution('count', () => void asked++, { priority: -1 });
  const registrations = register?.() ?? [];
  let outcome;
  try {
    outcome = { result: await run() };
  } catch (error) {
    const found = isFlowError(error);
    outcome = { thrown: error.constructor.name, code: error.code, message: error.message, flow: found?.code };
  }
  for (const registration of [count, ...registrations]) registration.remove();
  console.log(JSON.stringify([what, printed(outcome), { asked, inside: inside.splice(0) }]));
}

const reject = () => [flow.tool.addConditionalExecution('no', () => 'not today')];
await show('rejected', () => add(memory), reject);
// In the SDK's own words, and nothing is sent.
const leaving = new AbortController();
const slow = () => [flow.tool.addConditionalExecution('slow', async () => leaving.abort('left'))];
await show(
  'left while policy is asked',
  () =>
    sdk
      .callTool(memory.client, { name: 'ping' }, { signal: leaving.signal })
      .catch((error) => [String(error).includes('left') && (major === '1' || error instanceof Error)]),
  slow,
);
await show('left while it runs', async () => {
  const ends = [];
  const told = flow.addSubscriber('ends', ({ scope_category: category, name, metadata }) => {
    if (category === 'end') ends.push([name, metadata['otel.status_code'], metadata.cancelled]);
  });
  const leaving = new AbortController();
  const waiting = sdk.callTool(memory.client, { name: 'wait' }, { signal: leaving.signal }).catch(() => 'left');
  while (inside.length === 0) await new Promise(setImmediate);
  leaving.abort();
  const outcome = await waiting;
  while (inside.length === 1) await new Promise(setImmediate);
  await flow.flush();
  told.remove();
  return [outcome, ends];
});
await show('rejected without callTool', () => addRaw(memory), reject);
if (memory.client.experimental)
  await show(
    'rejected in a stream',
    async () => {
      const { value } = await memory.client.experimental.tasks.callToolStream({ name: 'ping' }).next();
      return { type: value.type, thrown: value.error.constructor.name, flow: isFlowError(value.error)?.code };
    },
    reject,
  );

/** Of the two sides of one process, the other one: the second that is asked. */
const onServer = (verdict) => () => {
  let sides = 0;
  return [flow.tool.addConditionalExecution('no', () => (sides++ === 1 ? verdict() : undefined))];
};
await show(
  'rejected by the server',
  () => add(http),
  onServer(() => 'not here'),
);
await show(
  'rejected by a server without the helper',
  () => sdk.callTool(low.client, { name: 'echo' }),
  onServer(() => 'not here'),
);
const throwing = () => {
  throw new Error('out of order');
};
await show(
  'broken guardrail',
  () => add(memory),
  () => [flow.tool.addConditionalExecution('broken', throwing)],
);
await show('broken guardrail of a server', () => add(http), onServer(throwing));

const increase = () => [flow.tool.addRequestIntercept('more', ({ args }) => ({ ...args, a: args.a + 1 }))];
await show('rewritten', () => add(memory), increase);
await show('rewritten by either side', () => add(http), increase);
const wrap = (layer) => () => [flow.tool.addExecutionIntercept('layer', layer)];
const again = async (call, next) => {
  await next();
  return next({ a: 5, b: 5 });
};
await show('tried again with other arguments', () => add(memory), wrap(again));
const answer = { content: [{ type: 'text', text: 'made up' }], structuredContent: { sum: 99 } };
await show(
  'replaced',
  () => sdk.callTool(memory.client, { name: 'sum', arguments: { a: 1, b: 2 } }),
  wrap(() => answer),
);
const shout = async (call, next) => {
  const result = await next();
  return { ...result, content: result.content.map(({ text }) => ({ type: 'text', text: `${text}!` })) };
};
await show('changed by either side', () => add(http), wrap(shout));
if (sdk.inputRequired)
  await show(
    'in rounds',
    () => sdk.callTool(http.client, { name: 'rounds', arguments: { a: 1, b: 2 } }).then(() => 'done'),
    increase,
  );
// A gateway asks another server for what it is asked for: two calls, though they look the same.
const gateway = await connect(sdk, 'memory', () => {
  const server = new sdk.Server({ name: 'gateway', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(sdk.CALL, ({ params }) => add(memory, params.arguments));
  return server;
});
await show('passed on', () => add(gateway), increase);

if (major === '2') {
  const typed = await connect(sdk, 'http', () => {
    const server = new sdk.Server({ name: 'typed', version: '1' }, { capabilities: { tools: {} } });
    const params = sdk.z.object({ name: sdk.z.string(), arguments: sdk.z.object({ a: sdk.z.number() }) });
    server.setRequestHandler('tools/call', { params }, (given) => {
      tell('typed', given);
      return { content: [] };
    });
    return server;
  });
  await show('with schemas of its own', () => add(typed, { a: 1 }), increase);
  await typed.close();
}

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const stale = { traceparent, tracestate: 'x=y', baggage: 'flow.parent_uuid=0,tenant=7', progress: 'kept' };
const params = Object.freeze({ name: 'whence', _meta: Object.freeze(stale) });
await show('with a context that was passed on', async () => {
  const { content } = await sdk.callTool(http.client, params);
  const { traceparent: sent, baggage, ...rest } = JSON.parse(content[0].text);
  const [root, parent, ...members] = baggage.split(',').map((member) => member.split('=')[0]);
  return { isOther: sent !== traceparent && sent.length === traceparent.length, root, parent, members, rest };
});
await show('other requests', () => memory.client.readResource({ uri: 'file:///readme' }), reject);

globalThis[Symbol.for('flow.runtime.v1')].internals.settings.toolRejection = 'answer';
await show('answered', () => add(memory), reject);

for (const { close } of [memory, http, low, gateway]) await close();
console.log(JSON.stringify(coverage().map(({ name, patched, missing, calls }) => ({ name, patched, missing, calls }))));
