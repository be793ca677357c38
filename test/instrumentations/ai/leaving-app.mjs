// SPDX-License-Identifier: Apache-2.0

// Readers who leave streams that the application goes on to hold, a line of JSON for each with how the scopes have ended: `leaving-app.mjs <major> <format> <base>`.
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { flow } from '@flow/register/api';
import { loadPackages } from './load.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const [, format, base] = process.argv.slice(2);
const { ai, z, createOpenAI } = await loadPackages(format);
const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent;
const openai = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1` });
const model = openai.chat('gpt-test');
/** Another without a seam beneath. */
const own = { ...model, specificationVersion: model.specificationVersion, provider: 'homemade', config: undefined };
Object.assign(own, { supportedUrls: {}, doStream: (options) => model.doStream(options) });

let events = [];
let over = Promise.withResolvers();
const open = () => events.reduce((sum, { scope_category: what }) => sum + ({ start: 1, end: -1 }[what] ?? 0), 0);
flow.addSubscriber('record', (event) => {
  events.push(event);
  if (open() === 0) over.resolve();
});
const ended = () =>
  events
    .filter(({ scope_category: what }) => what === 'end')
    .map(({ name, metadata, data, category, category_profile: profile }) => [
      name,
      metadata['otel.status_code'] ?? metadata['otel_status'],
      category === 'llm' ? profile?.annotated_response?.message : data,
    ]);

/** Nothing in here is ever collected. */
const held = [];
const hold = (result) => (held.push(result), result);
async function show(what, run) {
  events = [];
  over = Promise.withResolvers();
  const outcome = await run();
  await over.promise;
  console.log(JSON.stringify([what, outcome, ended()]));
}

const stream = (options) => hold(ai.streamText({ model, prompt: 'endlessly', onError() {}, ...options }));
async function leave(body, chunks = 8) {
  const reader = body.getReader();
  for (let chunk = 0; chunk < chunks; chunk++) await reader.read();
  await reader.cancel();
}
async function disconnect(pipe) {
  const server = createServer((_, response) => pipe(response));
  await once(server.listen(0), 'listening');
  const request = get({ port: server.address().port, agent: false });
  const [response] = await once(request, 'response');
  let told = '';
  for await (const bytes of response) if ((told += bytes).includes('2 ')) break;
  request.destroy();
  server.close();
}

const leaving = {
  'a page': () => leave(stream().toUIMessageStreamResponse().body),
  'an own model': () => leave(stream({ model: own }).toTextStreamResponse().body),
  async 'one of two'() {
    const result = stream({ prompt: 'slowly' });
    const consumed = result.consumeStream();
    await leave(result.toUIMessageStreamResponse().body);
    await consumed;
  },
  async 'and wants its text'() {
    const result = stream({ prompt: 'slowly' });
    await leave(result.textStream, 1);
    return await result.text;
  },
  async 'and comes back'() {
    const result = stream({ prompt: 'slowly' });
    await leave(result.textStream, 1);
    await over.promise;
    return await result.text;
  },
};
for (const [what, run] of Object.entries(leaving)) await show(what, run);
await show('text', () => leave(stream().toTextStreamResponse().body));
await show('a page over HTTP', () => disconnect((response) => void stream().pipeUIMessageStreamToResponse(response)));
await show('text over HTTP', () => disconnect((response) => void stream().pipeTextStreamToResponse(response)));
await show('an object', () => {
  const prompt = 'an object, endlessly';
  const result = hold(ai.streamObject({ model, schema: z.object({ a: z.string() }), prompt, onError() {} }));
  return leave(result.toTextStreamResponse().body);
});
await show('an agent', async () => {
  const result = hold(await new Agent({ id: 'helper', model }).stream({ prompt: 'endlessly' }));
  await leave(result.toUIMessageStreamResponse().body);
});
flow.llm.addStreamExecutionIntercept('pass', (call, next) => next());
for (const [what, run] of Object.entries(leaving)) await show(what, run);
// Streams that were left wait for ever.
process.exit();
