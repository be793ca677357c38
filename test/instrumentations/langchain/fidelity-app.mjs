// SPDX-License-Identifier: Apache-2.0

// Every operation, a line of JSON for each: `fidelity-app.mjs <address of the model server> <format>…`, a format after a plus with the policy of that name.
import { createServer } from 'node:http';
import { load } from './load.mjs';
import { makeModels } from './models.mjs';
import { makeTools } from './make-tools.mjs';

const [address, ...formats] = process.argv.slice(2);
const told = (message) => {
  const { content, tool_calls: calls, tool_call_id: answers, status, usage_metadata: usage, name, artifact } = message;
  return {
    type: message.getType(),
    class: message.constructor.name,
    content,
    calls,
    answers,
    status,
    usage,
    name,
    artifact,
  };
};
const plain = (value) =>
  JSON.parse(
    JSON.stringify(value, function (key, given) {
      const real = this[key];
      if (typeof real?.getType === 'function' && real.content !== undefined) return told(real);
      return typeof given === 'string'
        ? given.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\b[\da-f]{32}\b/g, 'uuid')
        : given;
    }) ?? 'null',
  );

async function perform(what, run) {
  try {
    console.log(JSON.stringify([what, plain(await run())]));
  } catch (error) {
    const { name, message, status, code, cause } = error;
    console.log(
      JSON.stringify([
        what,
        { thrown: { class: error.constructor.name, name, message, status, code, cause: cause?.message } },
      ]),
    );
  }
}
async function all(stream, most = Infinity) {
  const seen = [];
  for await (const each of stream instanceof Promise ? await stream : stream) if (seen.push(each) >= most) break;
  return seen;
}

/** What callbacks are told. */
function recorder() {
  const events = [];
  const on = (name, pick) => ({ [name]: (...args) => void events.push([name, ...pick(args)]) });
  return {
    events,
    handler: {
      ...on('handleToolStart', ([tool, input, , , , , runName, id]) => [tool.id?.at(-1), input, runName, id]),
      ...on('handleToolEvent', ([chunk]) => [chunk]),
      ...on('handleToolEnd', ([output]) => [output]),
      ...on('handleToolError', ([error]) => [error.message]),
      ...on('handleChatModelStart', ([, [messages]]) => [messages]),
      ...on('handleLLMNewToken', ([token]) => [token]),
      ...on('handleLLMEnd', ([{ generations, llmOutput }]) => [generations[0][0].text, llmOutput]),
      ...on('handleLLMError', ([error]) => [error.message]),
    },
  };
}

const ollama = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    const { messages } = JSON.parse(body);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const line = (content, more) =>
      response.write(
        `${JSON.stringify({ model: 'llama', created_at: 'then', message: { role: 'assistant', content }, ...more })}\n`,
      );
    line('I heard ', { done: false });
    line(messages.at(-1).content, { done: false });
    line('', { done: true, done_reason: 'stop', prompt_eval_count: 5, eval_count: 4 });
    response.end();
  });
});
await new Promise((resolve) => ollama.listen(0, '127.0.0.1', resolve));
const ollamaAddress = `http://127.0.0.1:${ollama.address().port}`;

for (const each of formats) {
  const [format, policy] = each.split('+');
  if (policy) await import(`./${policy}.mjs`);
  const framework = await load(format, 'anthropic');
  const { graph, prebuilt, langchain, deepagents, messages, zod } = framework;
  const { z } = zod;
  const tools = makeTools(framework);
  const { Whole, Deeper, Parts, Events, Around } = makeModels(framework);
  const openai = (more) =>
    new framework.openai.ChatOpenAI({
      model: 'gpt-test',
      apiKey: 'sk',
      configuration: { baseURL: `${address}/v1` },
      maxRetries: 1,
      ...more,
    });
  const call = (name, args = { city: 'Oslo' }) => ({ type: 'tool_call', id: `call_${name}`, name, args });

  for (const [name, tool] of Object.entries(tools)) {
    const isText = name === 'text' || name === 'plain';
    const { events, handler } = recorder();
    await perform(`${name} as it is`, () => tool.invoke(isText ? 'Oslo' : { city: 'Oslo' }));
    await perform(`${name} for a tool call`, () =>
      tool.invoke(call(name, isText ? { input: 'Oslo' } : undefined), { callbacks: [handler] }),
    );
    await perform(`${name} tells`, () => events);
  }
  await perform('wrong arguments', () => tools.weather.invoke(call('weather', { town: 'Oslo' })));
  const controller = new AbortController();
  const waiting = framework.tools.tool(() => new Promise(() => controller.abort()), {
    name: 'waiting',
    schema: z.object({}),
  });
  await perform('aborted', () => waiting.invoke({}, { signal: controller.signal }));
  await perform('deprecated call', () => tools.weather.call({ city: 'Oslo' }));
  await perform('steps by itself', () => all(tools.steps._call({ city: 'Oslo' })));
  await perform('untouched', () => Object.values(tools).map((tool) => [Object.keys(tool), Object.isFrozen(tool)]));

  for (const model of [
    new Whole({}),
    new Deeper({}),
    new Parts({}),
    new Events({}),
    new Around(new Parts({})),
    new framework.ollama.ChatOllama({ model: 'llama', baseUrl: ollamaAddress }),
  ]) {
    const name = model.constructor.name;
    const { events, handler } = recorder();
    await perform(`${name} invoke`, () => model.invoke('hello', { callbacks: [handler], stop: ['x'] }));
    await perform(`${name} stream`, () => all(model.stream('hello', { callbacks: [handler] })));
    await perform(`${name} left`, async () => [await all(model.stream('hello'), 1), model.left]);
    await perform(`${name} fails`, () =>
      name === 'ChatOllama' ? 'not it' : model.invoke('fail', { callbacks: [handler] }),
    );
    await perform(`${name} fails in a stream`, () =>
      name === 'ChatOllama' ? 'not it' : all(model.stream('fail', { callbacks: [handler] })),
    );
    await perform(`${name} aborted`, () => model.invoke('hello', { signal: AbortSignal.abort() }));
    await perform(`${name} batch`, () => model.batch(['a', 'b']));
    await perform(`${name} events`, () => all(model.streamEvents('hello', {})));
    await perform(`${name} older events`, async () =>
      (await all(model.streamEvents('hello', { version: 'v2' }))).map(({ event, data }) => [event, data.chunk]),
    );
    await perform(`${name} tells`, () => events);
  }

  const bytes = new messages.HumanMessage({ content: [{ type: 'image', data: new Uint8Array([1, 2]) }] });
  await perform('bytes', async () => {
    let given;
    const { Whole: Seeing } = makeModels(framework, (_, [message]) => (given = message));
    await new Seeing({}).invoke([bytes]);
    return given[1][0].data instanceof Uint8Array;
  });

  const model = openai();
  await perform('openai invoke', () => model.invoke('hello'));
  await perform('openai stream', async () => (await all(model.stream('hello'))).map(({ content }) => content));
  await perform('openai structured', () =>
    model.withStructuredOutput(z.object({ answer: z.string() })).invoke('hello'),
  );
  await perform('openai tools', () => model.bindTools([tools.weather]).invoke('hello'));
  await perform('openai fails', () => openai({ maxRetries: 0 }).invoke('answer 500'));
  await perform('around openai', () => new Around(model).invoke('hello'));

  const State = graph.MessagesAnnotation;
  const sub = new graph.StateGraph(State)
    .addNode('say', async () => ({ messages: [new messages.AIMessage('from below')] }))
    .addEdge('__start__', 'say')
    .compile();
  const build = (options) =>
    new graph.StateGraph(State)
      .addNode('ask', async (state) => ({ messages: [await model.invoke(state.messages)] }))
      .addNode('below', sub)
      .addEdge('__start__', 'ask')
      .addEdge('ask', 'below')
      .compile(options);
  const app = build();
  const input = { messages: [{ role: 'user', content: 'hello' }] };
  await perform('graph invoke', () => app.invoke(input));
  for (const streamMode of ['values', 'updates', ['updates', 'custom']])
    await perform(`graph ${streamMode}`, () => all(app.stream(input, { streamMode })));
  await perform('graph messages', async () =>
    (await all(app.stream(input, { streamMode: 'messages', subgraphs: true }))).map(([, [{ content }]]) => content),
  );
  await perform('graph left', () => all(app.stream(input), 1));
  await perform('graph events', async () =>
    (await all(app.streamEvents(input, { version: 'v2' }))).map(({ event, name }) => [event, name]),
  );
  await perform('graph newer events', async () =>
    (await all(app.streamEvents(input, { version: 'v3' }))).map(({ method, params }) => [method, params?.namespace]),
  );
  const fan = new graph.StateGraph(State)
    .addNode('plan', () => ({ messages: [] }))
    .addNode('work', async ({ topic }) => ({ messages: [await model.invoke(topic)] }))
    .addEdge('__start__', 'plan')
    .addConditionalEdges('plan', () => ['Oslo', 'Berlin'].map((topic) => new graph.Send('work', { topic })), ['work'])
    .compile();
  await perform('graph fans out', () => fan.batch([input, input]));
  await perform('graph too deep', () => app.invoke(input, { recursionLimit: 1 }));
  await perform('graph aborted', () => app.invoke(input, { signal: AbortSignal.abort() }));
  const asking = new graph.StateGraph(State)
    .addNode('person', () => ({ messages: [new messages.HumanMessage(graph.interrupt('well?'))] }))
    .addEdge('__start__', 'person')
    .compile({ checkpointer: new graph.MemorySaver(), name: 'asking' });
  const thread = { configurable: { thread_id: 't1' } };
  await perform('graph interrupted', () => asking.invoke(input, thread));
  await perform('graph resumed', () => asking.invoke(new graph.Command({ resume: 'yes' }), thread));

  for (const [name, agent] of Object.entries({
    react: prebuilt.createReactAgent({ llm: model, tools: [tools.weather, tools.broken], name: 'react' }),
    agent: langchain.createAgent({ model, tools: [tools.weather, tools.broken], name: 'agent' }),
    own: langchain.createAgent({ model: new Whole({}), tools: [tools.weather], name: 'own' }),
  })) {
    await perform(`${name} invoke`, () => agent.invoke(input));
    await perform(`${name} stream`, () => all(agent.stream(input, { streamMode: 'updates' })));
  }
  const strict = langchain.createAgent({
    model,
    tools: [tools.broken],
    middleware: [
      langchain.createMiddleware({
        name: 'strict',
        wrapToolCall: (request, handler) => handler(request),
        wrapModelCall: (request, handler) => handler({ ...request, systemPrompt: 'be brief' }),
      }),
    ],
  });
  await perform('agent with middleware', () => strict.invoke(input));
  const typed = langchain.createAgent({
    model,
    tools: [],
    responseFormat: langchain.providerStrategy?.(z.object({ answer: z.string() })),
  });
  await perform('agent with a type of output', () => typed.invoke(input));
  const deep = deepagents.createDeepAgent({ model: new Whole({}), tools: [tools.weather], name: 'deep' });
  await perform('deep agent', async () => (await deep.invoke(input)).messages.length);
}
ollama.close();
