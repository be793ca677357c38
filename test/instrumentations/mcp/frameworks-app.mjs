// SPDX-License-Identifier: Apache-2.0

// Tools of a server under the names that frameworks give to them, a line of JSON for each case: what came of it, the names that policy was asked about, and what ran on
// the server where that is in this process. `frameworks-app.mjs <format> <address of the model server>`.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { flow, isFlowError } from '@flow/register/api';
import { connect } from './connect.mjs';
import { load } from './load.mjs';
import { makeServer } from './make-server.mjs';

const [format, origin] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const get = format === 'cjs' ? require : (name) => import(name);
const sdk = await load('2', format);
const [{ DynamicStructuredTool }, agents, ai, { createOpenAI }, { default: OpenAI }, { z }] = await Promise.all(
  ['@langchain/core/tools', '@openai/agents', 'ai', '@ai-sdk/openai', 'openai', 'zod'].map(get),
);
const inside = [];
const { client, close } = await connect(sdk, 'memory', () => makeServer(sdk, (name) => inside.push(name)));

async function show(what, run, refused) {
  const asked = [];
  const guard = flow.tool.addConditionalExecution('guard', ({ name }) => {
    asked.push(name);
    return name === refused ? 'not today' : undefined;
  });
  const outcome = await flow.scope.run(what, async () =>
    run().catch((error) => isFlowError(error)?.code ?? error.name),
  );
  guard.remove();
  console.log(JSON.stringify([what, outcome, asked, inside.splice(0)]));
}

const two = { a: 1, b: 2 };
const add = async (args, name = 'add') =>
  (await client.callTool({ name, arguments: args })).content.map(({ text }) => text).join();

// As the MCP adapters of LangChain make them.
const ofLangChain = (name, func) =>
  new DynamicStructuredTool({
    name,
    description: name,
    schema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
    responseFormat: 'content_and_artifact',
    func: async (args) => [await func(args), []],
  });
const invoke =
  (name, func = add) =>
  () =>
    ofLangChain(name, func).invoke({ ...two });
await show('LangChain', invoke('add'));
await show('LangChain, prefixed', invoke('mcp__tools__add'));
await show('LangChain, prefixed, refused', invoke('tools__add'), 'tools__add');
await show("LangChain, prefixed, the server's name refused", invoke('tools__add'), 'add');

agents.setTracingDisabled(true);
agents.setOpenAIAPI('chat_completions');
agents.setDefaultOpenAIClient(new OpenAI({ apiKey: 'k', baseURL: `${origin}/v1`, maxRetries: 0 }));
const server = new agents.MCPServerStdio({
  name: 'the tools',
  command: process.execPath,
  args: [fileURLToPath(new URL('serve.mjs', import.meta.url)), '2', format],
});
await server.connect();
const ask = (name, mcpConfig) => async () => {
  const agent = new agents.Agent({ name: 'helper', model: 'gpt-4o', mcpServers: [server], mcpConfig });
  return (await agents.run(agent, `${name} ${JSON.stringify(two)}`)).finalOutput;
};
const prefixed = { includeServerInToolNames: true };
await show('OpenAI Agents', ask('add'));
await show('OpenAI Agents, prefixed', ask('mcp_the_tools__add', prefixed));
await show('OpenAI Agents, prefixed, refused', ask('mcp_the_tools__add', prefixed), 'mcp_the_tools__add');
await show("OpenAI Agents, prefixed, the server's name refused", ask('mcp_the_tools__add', prefixed), 'add');
await server.close();

const model = createOpenAI({ apiKey: 'k', baseURL: `${origin}/v1` }).chat('gpt-test');
const generate = (name) => async () => {
  const tools = {
    [name]: ai.tool({ inputSchema: z.object({ a: z.number(), b: z.number() }), execute: (args) => add(args) }),
  };
  const prompt = `${name} ${JSON.stringify(two)}`;
  return (await ai.generateText({ model, tools, prompt, stopWhen: ai.stepCountIs(3) })).text;
};
await show('AI SDK', generate('add'));
await show('AI SDK, prefixed', generate('tools__add'));
await show('AI SDK, renamed', generate('mySum'));

const both = async (args) => [await add(args), await add({}, 'ping')].join();
await show('a tool of the application with two of the server', invoke('cleanup', both));
await show('one of the two refused', invoke('cleanup', both), 'ping');
await show(
  'other arguments',
  invoke('tools__add', ({ a }) => add({ a, b: 5 })),
);
await show(
  'twice',
  invoke('tools__add', async (args) => [await add(args), await add(args)].join()),
);
await close();
