// SPDX-License-Identifier: Apache-2.0

// An agent with another as a tool, one tool that fails and one that policy rejects, in one stream of a graph around them; then a deep agent with a
// sub-agent. `structure-app.mjs <address of the model server> <format>`.
import { flow } from '@flow/register/api';
import { load } from './load.mjs';
import { makeModels } from './models.mjs';
import { makeTools } from './make-tools.mjs';

const [address, format] = process.argv.slice(2);
const framework = await load(format, 'ollama', 'anthropic', 'prebuilt');
const { graph, langchain, deepagents, zod } = framework;
const tools = makeTools(framework);
const { Scripted } = makeModels(framework);
const schema = zod.z.object({ about: zod.z.string() });
const model = new framework.openai.ChatOpenAI({
  model: 'gpt-test',
  apiKey: 'sk',
  configuration: { baseURL: `${address}/v1` },
});
const answered = (given) => given.some((message) => message.getType() === 'tool');

const researcher = langchain.createAgent({
  name: 'researcher',
  model: new Scripted((given) =>
    answered(given)
      ? { content: 'It is sunny in Oslo.' }
      : {
          calls: [
            ['weather', { city: 'Oslo' }],
            ['broken', { city: 'Oslo' }],
          ],
        },
  ),
  tools: [tools.weather, tools.broken],
});
const ask = framework.tools.tool(
  async ({ about }) =>
    (await researcher.invoke({ messages: [{ role: 'user', content: about }] })).messages.at(-1).content,
  { name: 'ask_researcher', description: 'asks', schema },
);
const pay = framework.tools.tool(() => 'paid', { name: 'pay', description: 'pays', schema });
const boss = langchain.createAgent({ name: 'boss', model, tools: [ask, pay] });
const office = new graph.StateGraph(graph.MessagesAnnotation)
  .addNode('boss', boss.graph)
  .addEdge('__start__', 'boss')
  .compile({ name: 'office', checkpointer: new graph.MemorySaver() });

flow.tool.addConditionalExecution('no payments', ({ name }) => (name === 'pay' ? 'not today' : undefined));
const input = { messages: [{ role: 'user', content: 'A picnic in Oslo?' }] };
for await (const _ of await office.stream(input, {
  configurable: { thread_id: 'thread-1' },
  streamMode: 'messages',
  subgraphs: true,
}));

const deep = deepagents.createDeepAgent({
  name: 'deep',
  model: new Scripted((given) =>
    answered(given) ? { content: 'all done' } : { calls: [['task', { description: 'look', subagent_type: 'scout' }]] },
  ),
  subagents: [
    {
      name: 'scout',
      description: 'looks',
      systemPrompt: 'look',
      model: new Scripted((given) =>
        answered(given) ? { content: 'seen' } : { calls: [['weather', { city: 'Rome' }]] },
      ),
      tools: [tools.weather],
    },
  ],
});
await deep.invoke(input);
