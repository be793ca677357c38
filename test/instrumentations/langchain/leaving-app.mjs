// SPDX-License-Identifier: Apache-2.0

// What ends, and how, where a graph's run is left in the middle, a line of JSON for each: `leaving-app.mjs <address of the model server> <format>`.
import { once } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import { flow } from '@flow/register/api';
import { load } from './load.mjs';

const [address, format] = process.argv.slice(2);
const framework = await load(format, 'anthropic', 'ollama', 'prebuilt', 'langchain', 'deepagents');
const { graph: langgraph, tools, models, messages, zod } = framework;
const openai = new framework.openai.ChatOpenAI({
  model: 'gpt-test',
  apiKey: 'sk',
  configuration: { baseURL: `${address}/v1` },
});
const input = { messages: [{ role: 'user', content: 'hello' }] };
const nothing = { messages: [] };

let begun;
let leaving;
/** Work that goes on until the run has been left, and then a little, unless it is told to stop. */
const work = async ({ signal }) => {
  begun.resolve();
  await leaving.promise;
  await later(1, undefined, { signal });
};
class Slow extends models.BaseChatModel {
  _llmType() {
    return 'slow';
  }
  async _generate(_, options) {
    await work(options);
    return { generations: [{ text: 'done', message: new messages.AIMessage('done') }] };
  }
}
const slow = new Slow({});
const tool = tools.tool((_, config) => work(config).then(() => 'done'), {
  name: 'tool',
  description: 'takes a while',
  schema: zod.z.object({}),
});

/** A graph of two steps, of which the second takes a while. */
const graphOf = (name, second = (_, config) => work(config).then(() => nothing)) =>
  new langgraph.StateGraph(langgraph.MessagesAnnotation)
    .addNode('a', () => nothing)
    .addNode('b', second)
    .addEdge('__start__', 'a')
    .addEdge('a', 'b')
    .compile({ name });
const calling = (call) => (state, config) => call(state, config).then(() => nothing);

/** Tells how all ended that began while this ran; nothing else does meanwhile. */
async function show(what, run) {
  begun = Promise.withResolvers();
  leaving = Promise.withResolvers();
  const open = new Set();
  const ends = [];
  const over = Promise.withResolvers();
  const registration = flow.addSubscriber('ends', ({ scope_category: category, uuid, name, metadata }) => {
    if (category === 'start') open.add(uuid);
    if (category !== 'end') return;
    const { 'otel.status_code': status, 'otel.status_description': why = null, cancelled = false } = metadata;
    ends.push([name, status, cancelled, why]);
    open.delete(uuid);
    if (open.size === 0) over.resolve();
  });
  await run();
  await over.promise;
  await flow.flush();
  registration.remove();
  console.log(JSON.stringify({ what, ends: ends.toSorted() }));
}

// Who leaves may be kept waiting until all has stopped.
const aboutToLeave = () => begun.promise.then(() => leaving.resolve());
/** Reads the first part, and goes when the second step has begun. */
async function readOne(stream) {
  for await (const part of await stream) {
    if (part === undefined) continue;
    await aboutToLeave();
    break;
  }
}
const options = { streamMode: 'updates' };
const leave = (graph, more) => readOne(graph.stream(input, { ...options, ...more }));

await show('a graph', () => leave(graphOf('graph')));
await show('a graph that could be aborted', () => leave(graphOf('graph'), { signal: new AbortController().signal }));
await show('a graph as an event stream', () => leave(graphOf('graph'), { encoding: 'text/event-stream' }));
await show('a graph within', () => leave(graphOf('outer', graphOf('inner'))));
// Its run takes the signal of what is around it, which nobody handed to it.
await show('a graph within that is given nothing', () =>
  leave(
    graphOf(
      'outer',
      calling(() => graphOf('inner').invoke(input)),
    ),
  ),
);
await show('a graph whose node leaves another', () =>
  graphOf(
    'outer',
    calling((_, config) => readOne(graphOf('inner').stream(input, { ...config, ...options }))),
  ).invoke(input),
);
await show('a model', () =>
  leave(
    graphOf(
      'graph',
      calling((_, config) => slow.invoke('hello', config)),
    ),
  ),
);
const asking = (_, config) => {
  begun.resolve();
  return openai.invoke('hello', config);
};
await show('a model with an SDK', () => leave(graphOf('graph', calling(asking))));
await show('a tool', () =>
  leave(
    graphOf(
      'graph',
      calling((_, config) => tool.invoke({}, config)),
    ),
  ),
);
await show('a scope', () =>
  leave(
    graphOf(
      'graph',
      calling((_, config) => flow.scope.run('own', () => work(config))),
    ),
  ),
);
await show('events', async () => {
  for await (const { event, name } of graphOf('graph').streamEvents(input, { version: 'v2' }))
    if (event === 'on_chain_end' && name === 'a') {
      await aboutToLeave();
      break;
    }
});
for (const reason of [undefined, 'enough', new Error('enough')])
  await show(`cancelled with ${reason}`, async () => {
    const stream = await graphOf('graph').stream(input, options);
    await stream.next();
    await aboutToLeave();
    await stream.cancel(reason);
  });
for (const reason of [undefined, 'enough', new Error('enough')])
  await show(`aborted by its caller with ${reason}`, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const graph = graphOf(
      'outer',
      graphOf(
        'inner',
        calling((_, config) => slow.invoke('hello', config)),
      ),
    );
    const stream = await graph.stream(input, { ...options, signal });
    await stream.next();
    await aboutToLeave();
    controller.abort(reason);
    await readOne(stream).catch(() => {});
  });
await show('aborted by its caller who leaves', async () => {
  const controller = new AbortController();
  const graph = graphOf(
    'graph',
    calling((_, config) => tool.invoke({}, config)),
  );
  for await (const part of await graph.stream(input, { ...options, signal: controller.signal })) {
    if (part === undefined) continue;
    await aboutToLeave();
    controller.abort();
    break;
  }
});
await show('failed before', () => {
  const { StateGraph, MessagesAnnotation } = langgraph;
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('a', () => nothing)
    // It is told to stop by the failure of the one beside it, and does not.
    .addNode('b', (_, { signal }) => once(signal, 'abort').then(() => work({}).then(() => nothing)))
    .addNode('c', () => Promise.reject(new RangeError('no')));
  for (const [from, to] of ['__start__ a', 'a b', 'a c'].map((edge) => edge.split(' '))) graph.addEdge(from, to);
  return leave(graph.compile({ name: 'graph' }));
});
await show('a deadline', () =>
  graphOf('graph', (_, { signal }) => later(60_000, nothing, { signal }))
    .invoke(input, { timeout: 20 })
    .catch(() => {}),
);
