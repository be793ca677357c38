// SPDX-License-Identifier: Apache-2.0

// An application that has every SDK inside of its bundle, and hands each to `instrument()`. Prints for each: what that said, how policy saw its call, what the caller
// got when policy let the call go, and when it refused.
import Anthropic from '@anthropic-ai/sdk';
import { flow, isFlowError } from '@flow/register/api';
import { coverage, instrument } from '@flow/register/sdk';
import { GoogleGenAI } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage } from '@langchain/core/messages';
import { StructuredTool, tool as langchainTool } from '@langchain/core/tools';
import { CompiledStateGraph, END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { Client } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import * as agents from '@openai/agents';
import * as ai from 'ai';
import { createServer } from 'node:http';
import { once } from 'node:events';
import OpenAI from 'openai';
import { z } from 'zod';

const answers = {
  '/chat/completions': {
    choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  },
  '/messages': { content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', usage: {} },
  ':generateContent': { candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] } }] },
};
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const [, answer] = Object.entries(answers).find(([end]) => pathname.endsWith(end)) ?? [];
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}).listen(0, '127.0.0.1');
const messages = [{ role: 'user', content: 'Hi' }];

class Own extends BaseChatModel {
  _llmType() {
    return 'own';
  }
  async _generate() {
    return { generations: [{ text: 'hi', message: new AIMessage('hi') }] };
  }
}

agents.setTracingDisabled(true);
const agentModel = () => {
  const output = [
    { type: 'function_call', callId: 'c1', name: 'remove', arguments: '{}', status: 'completed' },
    { type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'hi' }] },
  ];
  return { getResponse: async () => ({ output: [output.shift()], usage: new agents.Usage(), responseId: 'r' }) };
};
const remove = agents.tool({
  name: 'remove',
  description: 'r',
  parameters: z.object({}),
  execute: async () => 'removed',
});

const aiModel = {
  specificationVersion: 'v3',
  provider: 'own',
  modelId: 'own',
  supportedUrls: {},
  doGenerate: async () => ({
    content: [{ type: 'text', text: 'hi' }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: { inputTokens: {}, outputTokens: {} },
    warnings: [],
  }),
};

/** Two ends of a connection in this process. */
function connection() {
  const ends = [{}, {}].map(() => ({ start: async () => {}, close: async () => {} }));
  for (const [at, end] of ends.entries())
    end.send = async (message) => setImmediate(() => ends[1 - at].onmessage?.(message, {}));
  return ends;
}
async function callOverMcp() {
  const mcp = new McpServer({ name: 's', version: '1' });
  mcp.registerTool('add', { description: 'adds' }, async () => ({ content: [{ type: 'text', text: 'hi' }] }));
  const client = new Client({ name: 'c', version: '1' });
  const [one, other] = connection();
  await mcp.connect(one);
  await client.connect(other);
  const { content } = await client.callTool({ name: 'add', arguments: {} });
  await client.close();
  return content[0].text;
}

async function main() {
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const sdks = {
    openai: [
      OpenAI,
      () =>
        new OpenAI({ apiKey: 'k', baseURL: url }).chat.completions
          .create({ model: 'm', messages })
          .then(({ choices }) => choices[0].message.content),
    ],
    anthropic: [
      Anthropic,
      () =>
        new Anthropic({ apiKey: 'k', baseURL: url }).messages
          .create({ model: 'm', max_tokens: 9, messages })
          .then(({ content }) => content[0].text),
    ],
    genai: [
      GoogleGenAI,
      () =>
        new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } }).models
          .generateContent({ model: 'm', contents: 'Hi' })
          .then(({ text }) => text),
    ],
    'langchain model': [Own, () => new Own({}).invoke('Hi').then(({ content }) => content)],
    // With a copy of its SDK that nothing can be handed of.
    'langchain anthropic': [
      ChatAnthropic,
      () =>
        new ChatAnthropic({ model: 'm', apiKey: 'k', anthropicApiUrl: url })
          .invoke('Hi')
          .then(({ content }) => content),
    ],
    'langchain tool': [
      StructuredTool,
      () => langchainTool(async () => 'hi', { name: 'look', schema: z.object({}) }).invoke({}),
    ],
    agents: [
      agents,
      () =>
        agents
          .run(new agents.Agent({ name: 'a', model: agentModel(), tools: [remove] }), 'Hi')
          .then(({ finalOutput }) => finalOutput),
    ],
    langgraph: [
      CompiledStateGraph,
      () => {
        const ask = async () => ({ messages: [await new Own({}).invoke('Hi')] });
        const graph = new StateGraph(MessagesAnnotation).addNode('ask', ask).addEdge(START, 'ask').addEdge('ask', END);
        const run = graph.compile({ name: 'graph' }).invoke({ messages: [] });
        return run.then(({ messages: given }) => given.at(-1).content);
      },
    ],
    'mcp server': [McpServer, callOverMcp],
    'mcp client': [Client, callOverMcp],
    ai: [ai, () => ai.generateText({ model: aiModel, prompt: 'Hi' }).then(({ text }) => text)],
  };

  const scopes = [];
  flow.addSubscriber('scopes', ({ category, scope_category: phase, name }) => {
    if (phase === 'start' && (category === 'agent' || category === 'function')) scopes.push(`${category} ${name}`);
  });
  for (const [name, [target, call]] of Object.entries(sdks)) {
    const handed = instrument(target);
    let seen = [];
    const note = ({ kind, name: called, provider }) => void seen.push([kind, called, ...(provider ? [provider] : [])]);
    const noted = [flow.llm, flow.tool].map((each) => each.addConditionalExecution('note', note));
    const result = await call().catch((error) => String(error));
    const before = seen;
    seen = [];
    const refusing = [flow.llm, flow.tool].map((each) =>
      each.addConditionalExecution('no', () => 'no', { priority: 1000 }),
    );
    const refused = await call().then(String, (error) => isFlowError(error)?.code ?? String(error));
    for (const each of [...noted, ...refusing]) each.remove();
    await flow.flush();
    console.log(JSON.stringify([name, handed, result, before, refused, scopes.splice(0)]));
  }
  const rows = coverage().map(({ name, version, format, missing, calls }) => [
    name,
    version,
    format,
    missing,
    calls > 0,
  ]);
  console.log(JSON.stringify(rows));
  server.close();
  server.closeAllConnections();
}
void main();
