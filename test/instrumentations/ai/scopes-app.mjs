// SPDX-License-Identifier: Apache-2.0

// What became of the scopes of runs, a line of JSON for each: `scopes-app.mjs <major> <format> <base>`, with --expose-gc.
import { flow } from '@flow/register/api';
import { customModel, text } from './custom-model.mjs';
import { loadPackages } from './load.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const [major, format, base] = process.argv.slice(2);
const { ai, z, createOpenAI, createAnthropic } = await loadPackages(format);
const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent;
const model = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1` }).chat('gpt-test');
const tiny = customModel(major, () => text('hi'));

let events = [];
// What began before, and was dropped, ends when it is collected.
const begun = new Set();
flow.addSubscriber('record', (event) => {
  if (event.scope_category === 'start') begun.add(event.uuid);
  if (begun.has(event.uuid)) events.push(event);
});

/** Starts and ends in their order; of ends also how, and what was used. */
function told() {
  const names = new Map(events.map(({ uuid, name }) => [uuid, name]));
  return events
    .splice(0)
    .map(({ name, scope_category: what, parent_uuid: parent, category, category_profile: profile, metadata, data }) =>
      what === 'start'
        ? [`${category} ${name}`, names.get(parent) ?? 'root', metadata['flow.provider']]
        : [
            `${name} ended`,
            metadata['otel.status_code'] ?? metadata['otel_status'],
            category === 'llm' ? profile?.annotated_response?.usage?.output_tokens : data,
          ],
    );
}

async function show(what, run) {
  const outcome = await run();
  for (
    let waited = 0;
    waited < 50 && events.filter((each) => each.scope_category === 'start').length * 2 !== events.length;
    waited++
  ) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await flow.flush();
  }
  await flow.flush();
  console.log(JSON.stringify([what, outcome, told()]));
}

const stream = (options) => ai.streamText({ model, prompt: 'slowly', onError() {}, ...options });
await show('read', async () => {
  for await (const part of stream().textStream) void part;
});
await show('left', async () => {
  for await (const part of stream().textStream) return void part;
});
await show('aborted', async () => {
  const controller = new AbortController();
  const { fullStream } = stream({ prompt: 'hang', abortSignal: controller.signal });
  setTimeout(() => controller.abort(), 10);
  for await (const part of fullStream) void part;
});
await show('dropped', async () => {
  stream();
  await new Promise((resolve) => setTimeout(resolve, 50));
  // The connection keeps what it has brought last.
  await model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] });
});
await show('failed', async () => stream({ prompt: 'answer 400' }).consumeStream({ onError() {} }));
await show('failed agent', async () => new Agent({ model }).generate({ prompt: 'answer 400' }).catch(() => undefined));
await show('stream of an agent', async () => await (await new Agent({ model }).stream({ prompt: 'slowly' })).text);
await show('object', async () => {
  const result = ai.streamObject({ model, schema: z.object({ a: z.string() }), prompt: 'x' });
  for await (const partial of result.partialObjectStream) void partial;
  return result.object;
});
await show('own model', async () => (await ai.generateText({ model: tiny, prompt: 'x' })).text);
await show('own model, as a stream', async () => await ai.streamText({ model: tiny, prompt: 'x' }).text);
await show('own model that asks another', async () => {
  const outer = customModel(major, () => text('hi'));
  const doGenerate = async (options) => (await model.doGenerate({ ...options }), tiny.doGenerate(options));
  return (await ai.generateText({ model: { ...outer, doGenerate }, prompt: 'x' })).text;
});
await show('wrapped model', async () => {
  const specificationVersion = { 5: 'v2', 6: 'v3', 7: 'v4' }[major];
  return (
    await ai.generateText({
      model: ai.wrapLanguageModel({ model, middleware: { specificationVersion } }),
      prompt: 'hello',
    })
  ).text;
});
await show('by name', async () => {
  globalThis.AI_SDK_DEFAULT_PROVIDER = {
    languageModel: () => model,
    specificationVersion: { 5: 'v2', 6: 'v3', 7: 'v4' }[major],
  };
  return (await ai.generateText({ model: 'gpt-test', prompt: 'hello' })).text;
});
await show('own model by name', async () => {
  globalThis.AI_SDK_DEFAULT_PROVIDER.languageModel = () => tiny;
  return (await ai.generateText({ model: 'tiny', prompt: 'x' })).text;
});
await show('own model with middleware', async () => {
  const { specificationVersion } = tiny;
  const model = ai.wrapLanguageModel({ model: tiny, middleware: [{ specificationVersion }, { specificationVersion }] });
  return (await ai.generateText({ model, prompt: 'x' })).text;
});
if (major !== '5')
  await show('approved tool', async () => {
    const tools = { pay: { inputSchema: z.object({}), needsApproval: true, execute: () => 'paid' } };
    const messages = [{ role: 'user', content: 'x' }];
    const asks = customModel(major, (_, turn) =>
      turn > 1 ? text('done') : [{ type: 'tool-call', toolCallId: 'c1', toolName: 'pay', input: '{}' }],
    );
    const { content, response } = await ai.generateText({ model: asks, tools, messages });
    const { approvalId } = content.find(({ type }) => type === 'tool-approval-request');
    const answer = { type: 'tool-approval-response', approvalId, approved: true };
    messages.push(...response.messages, { role: 'tool', content: [answer] });
    return (await ai.generateText({ model: asks, tools, messages })).text;
  });
if (ai.toolSearch) {
  await show('tools that are searched', async () => {
    const call = (toolName, input) => [{ type: 'tool-call', toolCallId: 'c1', toolName, input: JSON.stringify(input) }];
    const turns = [call('find', { query: 'adds' }), call('add', {}), text('done')];
    const add = { description: 'adds', deferLoading: true, inputSchema: z.object({}), execute: () => 3 };
    const asks = customModel(major, (_, turn) => turns[turn - 1]);
    const tools = { find: ai.toolSearch(), add };
    return (await ai.generateText({ model: asks, tools, stopWhen: ai.stepCountIs(3), prompt: 'x' })).text;
  });
  await show('one call of a model', async () => {
    const { stream } = await ai.experimental_streamLanguageModelCall({ model: tiny, prompt: 'x' });
    for await (const part of stream) void part;
  });
}
await show(
  'by function id',
  async () =>
    (await ai.generateText({ model: tiny, prompt: 'x', experimental_telemetry: { functionId: 'greet' } })).text,
);
const refused = async () =>
  new Response('{"error":{"message":"no"}}', { status: 400, headers: { 'content-type': 'application/json' } });
const hosts = ['https://api.groq.com/openai/v1', 'https://openrouter.ai/api/v1', 'https://gateway.example/v1'];
for (const baseURL of hosts)
  await show(new URL(baseURL).host, () =>
    ai
      .generateText({ model: createOpenAI({ apiKey: 'k', baseURL, fetch: refused }).chat('m'), prompt: 'x' })
      .catch(({ name }) => name),
  );
await show('anthropic', () =>
  ai
    .generateText({
      model: createAnthropic({ apiKey: 'k', baseURL: 'https://gateway.example/v1', fetch: refused })('m'),
      prompt: 'x',
    })
    .catch(({ name }) => name),
);
