// SPDX-License-Identifier: Apache-2.0

// What policy can do, a line of JSON for each: `control-app.mjs <address of the model server> <format>`.
import { flow, isFlowError } from '@flow/register/api';
import { coverage, instrument } from '@flow/register/sdk';
import { load } from './load.mjs';
import { makeModels } from './models.mjs';
import { makeTools } from './make-tools.mjs';

const [address, format] = process.argv.slice(2);
const framework = await load(format, 'ollama', 'deepagents');
const { prebuilt, langchain, messages } = framework;
const inside = [];
const log = (...what) => void inside.push(what);
const tools = makeTools(framework, log);
const { Whole, Parts, Events, Around } = makeModels(framework, log);
const openai = new framework.openai.ChatOpenAI({
  model: 'gpt-test',
  apiKey: 'sk',
  configuration: { baseURL: `${address}/v1` },
});
const claude = new framework.anthropic.ChatAnthropic({
  model: 'claude-test',
  apiKey: 'sk',
  anthropicApiUrl: `${address}/nowhere`,
});
const call = (name) => ({ type: 'tool_call', id: `call_${name}`, name, args: { city: 'Oslo' } });
const input = { messages: [{ role: 'user', content: 'hello' }] };

let models = [];
flow.addSubscriber('models', (event) => {
  if (event.scope_category === 'start' && event.category === 'llm') models.push(event.name);
});

const brief = (value) => {
  if (Array.isArray(value)) return value.map(brief);
  if (value?.messages !== undefined) return brief(value.messages);
  if (typeof value?.getType !== 'function') return value;
  const { content, artifact, tool_call_id: answers } = value;
  return [
    value.getType(),
    content,
    ...(artifact === undefined ? [] : [artifact]),
    ...(answers === undefined ? [] : [answers]),
  ];
};

/** Runs it under what `register` registers, with a guardrail that counts calls of either kind. */
async function show(what, run, register = () => []) {
  let asked = 0;
  const registrations = [flow.tool, flow.llm].map((on) =>
    on.addConditionalExecution('count', () => void asked++, { priority: -1 }),
  );
  registrations.push(...[register()].flat());
  inside.length = 0;
  models = [];
  let outcome;
  try {
    outcome = { result: brief(await run()) };
  } catch (error) {
    const found = isFlowError(error);
    outcome = {
      thrown: [error.constructor.name, found?.code, found === error ? 'itself' : found && 'cause', found?.message],
    };
  }
  for (const each of registrations) each.remove();
  await flow.flush();
  console.log(JSON.stringify({ what, ...outcome, asked, inside, models }));
}

async function all(stream, most = Infinity) {
  const seen = [];
  for await (const each of stream instanceof Promise ? await stream : stream) if (seen.push(each) >= most) break;
  return seen;
}
const texts = async (stream) => (await all(stream)).map((chunk) => chunk.content);

const noTools = () => flow.tool.addConditionalExecution('no', () => 'not allowed');
const brokenTools = () =>
  flow.tool.addConditionalExecution('broken', () => {
    throw new Error('a secret of policy');
  });
const noModels = () => flow.llm.addConditionalExecution('no', () => 'not allowed');
const rewriteArgs = () => flow.tool.addRequestIntercept('rewrite', ({ args }) => ({ ...args, city: 'Bergen' }));
const replaceResult = (result) => () => flow.tool.addExecutionIntercept('replace', () => result);

await show('tool rejected', () => tools.weather.invoke(call('weather')), noTools);
for (const name of ['weather', 'private', 'derived', 'own', 'frozenOwn', 'steps', 'yielding', 'artifact'])
  await show(`tool ${name} rewritten`, () => tools[name].invoke(call(name)), rewriteArgs);
await show(
  'tool text rewritten',
  () => tools.text.invoke('Oslo'),
  () => flow.tool.addRequestIntercept('rewrite', () => 'Bergen'),
);
await show('tool replaced', () => tools.weather.invoke(call('weather')), replaceResult('rainy'));
await show('artifact replaced', () => tools.artifact.invoke(call('artifact')), replaceResult(['rainy', 1]));
await show('generator replaced', () => tools.steps.invoke(call('steps')), replaceResult('stopped'));
await show(
  'tool retried',
  () => tools.broken.invoke(call('broken')),
  () =>
    flow.tool.addExecutionIntercept('retry', (_, next) =>
      next()
        .catch(() => next({ city: 'Rome' }))
        .catch((error) => `twice: ${error.message}`),
    ),
);
const agents = {
  react: prebuilt.createReactAgent({ llm: new Whole({}), tools: [tools.weather] }),
  agent: langchain.createAgent({ model: new Whole({}), tools: [tools.weather] }),
  strict: langchain.createAgent({
    model: new Whole({}),
    tools: [tools.weather],
    middleware: [langchain.createMiddleware({ name: 'strict', wrapToolCall: (request, handler) => handler(request) })],
  }),
};
for (const [name, agent] of Object.entries(agents))
  await show(`${name} with a rejected tool`, () => agent.invoke(input), noTools);

await show('agent with a tool over which policy fails', () => agents.agent.invoke(input), brokenTools);

await show('openai rejected', () => openai.invoke('hello'), noModels);
await show('openai stream rejected', () => texts(openai.stream('hello')), noModels);
await show('anthropic rejected', () => claude.invoke('hello'), noModels);
await show(
  'openai rewritten',
  () => openai.invoke('hello'),
  () =>
    flow.llm.addRequestIntercept('rewrite', ({ request: { content } }) => ({
      content: { ...content, messages: [{ role: 'user', content: 'bye' }] },
    })),
);
await show(
  'openai in an agent rejected',
  () => langchain.createAgent({ model: openai, tools: [] }).invoke(input),
  noModels,
);

const nodes = (node, options) =>
  new framework.graph.StateGraph(framework.graph.MessagesAnnotation)
    .addNode('a', async () => ({ messages: [await node()] }), options)
    .addEdge('__start__', 'a')
    .compile();
// Since 1.1.
const middleware = [langchain.modelRetryMiddleware?.({ maxRetries: 2, initialDelayMs: 1 })].filter(Boolean);
const retries = {
  'a model with an SDK': () => openai.withRetry({ stopAfterAttempt: 3 }).invoke('hello'),
  'a model without': () => new Whole({}).withRetry({ stopAfterAttempt: 3 }).invoke('hello'),
  'a batch': () => new Whole({}).withRetry({ stopAfterAttempt: 3 }).batch(['hello']),
  'a node': () =>
    nodes(() => openai.invoke('hello'), { retryPolicy: { maxAttempts: 3, initialInterval: 1 } }).invoke(input),
  'an agent': () => langchain.createAgent({ model: openai, tools: [], middleware }).invoke(input),
};
for (const [name, run] of Object.entries(retries)) await show(`retried: ${name}`, run, noModels);
await show('retried: a tool', () => tools.weather.withRetry({ stopAfterAttempt: 3 }).invoke({ city: 'Oslo' }), noTools);
await show('failing once', async () => {
  const seen = [];
  const failing = framework.tools.tool(
    () => {
      if (seen.push('fails') < 2) throw new Error('fails');
      return 'done';
    },
    { name: 'failing', description: 'fails', schema: framework.zod.z.object({}) },
  );
  const result = await failing.withRetry({ stopAfterAttempt: 2 }).invoke({});
  return [seen[0], result];
});

const asked = new messages.HumanMessage('hello');
await show(
  'own changed while a guardrail thinks',
  () => {
    const answered = new Whole({}).invoke([asked]);
    setImmediate(() => (asked.content = 'EVIL'));
    return answered;
  },
  () =>
    flow.llm.addConditionalExecution(
      'thinks',
      async () => void (await new Promise((resolve) => setTimeout(resolve, 20))),
    ),
);

const rewrite = () =>
  flow.llm.addRequestIntercept('rewrite', ({ request: { content } }) => ({
    content: { ...content, messages: [{ role: 'system', content: 'be brief' }, ...content.messages], stop: ['.'] },
  }));
const whole = new Whole({});
const parts = new Parts({});
await show('own rejected', () => whole.invoke('hello'), noModels);
await show('own stream rejected', () => texts(parts.stream('hello')), noModels);
// Models have events of their own since 1.2.
const haveEvents = Object.hasOwn(framework.models.BaseChatModel.prototype, 'streamEvents');
if (haveEvents) await show('own events rejected', () => all(new Events({}).streamEvents('hello', {})), noModels);
await show('own in an agent rejected', () => agents.agent.invoke(input), noModels);
await show('own rewritten', () => whole.invoke('hello'), rewrite);
await show('own stream rewritten', () => texts(parts.stream('hello')), rewrite);
await show(
  'own model changed',
  () => whole.invoke('hello'),
  () =>
    flow.llm.addRequestIntercept('change', ({ request: { content } }) => ({
      content: { ...content, model: 'cheaper' },
    })),
);
await show(
  'own retried',
  () => whole.invoke('fail'),
  () =>
    flow.llm.addExecutionIntercept('retry', ({ request }, next) =>
      next().catch(() =>
        next({ ...request, content: { ...request.content, messages: [{ role: 'user', content: 'again' }] } }),
      ),
    ),
);
const answer = {
  choices: [
    {
      message: {
        role: 'assistant',
        content: 'canned',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2 },
};
await show(
  'own replaced',
  async () => {
    const { content, tool_calls: calls, usage_metadata: usage } = await whole.invoke('hello');
    return [content, calls, usage];
  },
  () => flow.llm.addExecutionIntercept('replace', () => answer),
);
await show(
  'own changed in place',
  () => whole.invoke('hello'),
  () =>
    flow.llm.addExecutionIntercept('change', async (_, next) => {
      const result = await next();
      result.choices[0].message.content += '!';
      return result;
    }),
);
const loud = () =>
  flow.llm.addStreamExecutionIntercept('loud', async function* (_, next) {
    for await (const chunk of await next()) {
      const [choice] = chunk.choices;
      yield {
        ...chunk,
        choices: [{ ...choice, delta: { ...choice.delta, content: choice.delta.content.toUpperCase() } }],
      };
    }
  });
const tokens = [];
await show(
  'own stream wrapped',
  async () => [
    await texts(parts.stream('hello', { callbacks: [{ handleLLMNewToken: (token) => void tokens.push(token) }] })),
    tokens,
  ],
  loud,
);
const events = async () =>
  (await all(new Events({}).streamEvents('hello', {}))).map(({ delta, content }) => delta?.text ?? content?.text);
const make = () =>
  flow.llm.addStreamExecutionIntercept('make', async function* () {
    for (const content of ['made ', 'up']) yield { choices: [{ index: 0, delta: { content } }] };
  });
if (haveEvents) await show('own events wrapped', events, loud);
await show('own stream made', () => texts(parts.stream('hello')), make);
if (haveEvents) await show('own events made', events, make);
await show('own stream left', async () => [(await all(parts.stream('hello'), 1)).length, parts.left > 0]);
await show(
  'tokens of an agent',
  async () =>
    (await all(langchain.createAgent({ model: parts, tools: [] }).stream(input, { streamMode: 'messages' }))).map(
      ([{ content }]) => content,
    ),
  loud,
);
await show('a model around another', () => new Around(parts).invoke('hello'));
await show('a model around openai', () => new Around(openai).invoke('hello'));
await show(
  'a model as judge',
  () => whole.invoke('hello'),
  () =>
    flow.llm.addConditionalExecution(
      'judge',
      async () => void (await openai.invoke([new messages.HumanMessage('is it polite?')])),
    ),
);

const ends = [];
const ended = new Map();
flow.addSubscriber('ends', ({ scope_category: category, name, metadata }) => {
  if (category !== 'end' || !ended.has(name)) return;
  ends.push([name, metadata['otel.status_code'], metadata.cancelled === true]);
  ended.get(name)();
});
const { StateGraph, MessagesAnnotation } = framework.graph;
const soon = () => new Promise((resolve) => setTimeout(resolve, 20, { messages: [] }));
/** Uses a graph of two steps, of which the second takes a while; the promise settles when its scope has ended. */
async function graphOf(name, use, second = soon) {
  const { promise, resolve } = Promise.withResolvers();
  ended.set(name, resolve);
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('a', () => ({ messages: [] }))
    .addNode('b', second)
    .addEdge('__start__', 'a')
    .addEdge('a', 'b')
    .compile({ name });
  await use(graph).catch(() => {});
  return promise;
}
await show('runs of graphs', async () => {
  await graphOf('left', (graph) => all(graph.stream(input), 1));
  await graphOf('unread', (graph) => graph.stream(input));
  const failing = () => Promise.reject(new RangeError('no'));
  await graphOf('failing', (graph) => graph.invoke(input), failing);
  const controller = new AbortController();
  const { signal } = controller;
  const aborting = () => new Promise(() => controller.abort());
  await graphOf('aborted', (graph) => graph.invoke(input, { signal }), aborting);
  return ends;
});
// A tool and a sub-graph that wait for a person, and an agent that hands over: by errors of the framework, which are none.
const left = [];
const { Command, MemorySaver, interrupt } = framework.graph;
flow.addSubscriber('left', ({ scope_category: category, kind, name, data, metadata }) => {
  if (kind === 'mark' && name === 'handoff') left.push([name, data]);
  if (category !== 'end' || !/^(?:ask|wait|move|first)/.test(name)) return;
  const { 'otel.status_code': status, 'otel.status_description': why, cancelled = false, thread_id: thread } = metadata;
  left.push([name, status, cancelled, why, thread]);
});
await show('pauses and handovers', async () => {
  const schema = framework.zod.z.object({});
  const make = (name, fn) => framework.tools.tool(fn, { name, description: name, schema });
  const agent = (name, tool, more) =>
    langchain.createAgent({ name, model: new Whole({}), tools: [make(...tool)], ...more });
  const checkpointer = new MemorySaver();
  const asking = agent('asking', ['ask_person', () => `they said ${interrupt('well?')}`], { checkpointer });
  const bound = asking.graph.withConfig({ configurable: { thread_id: 'bound' } });
  await bound.invoke(input);
  const { messages: said } = await bound.invoke(new Command({ resume: 'yes' }));
  const waiting = new StateGraph(MessagesAnnotation)
    .addNode('a', () => interrupt('well?'))
    .addEdge('__start__', 'a')
    .compile({ name: 'waiting' });
  await new StateGraph(MessagesAnnotation)
    .addNode('sub', waiting)
    .addEdge('__start__', 'sub')
    .compile({ checkpointer })
    .invoke(input, { configurable: { thread_id: 'below' } });
  const moved = [];
  for (const goto of ['second', [new framework.graph.Send('second', { messages: [] })]]) {
    const move = ['move', () => new Command({ goto, graph: Command.PARENT })];
    const { messages: all } = await new StateGraph(MessagesAnnotation)
      .addNode('first', agent('first', move).graph, { ends: ['second'] })
      .addNode('second', () => ({ messages: [new messages.AIMessage('here')] }))
      .addEdge('__start__', 'first')
      .compile()
      .invoke(input);
    moved.push(all.at(-1).content);
  }
  await flow.flush();
  return [said.at(-2).content, moved, left];
});
class OwnTool extends framework.tools.StructuredTool {}
const stranger = function () {};
const known = [framework.tools, OwnTool, framework.models.BaseChatModel, parts, agents.react];
await show('by hand', async () => [...known, stranger, {}].map((target) => instrument(target)));
console.log(
  JSON.stringify(
    coverage().map(({ name, patched, missing, calls }) => ({ name, patched, missing, called: calls > 0 })),
  ),
);
