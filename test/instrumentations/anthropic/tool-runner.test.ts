// SPDX-License-Identifier: Apache-2.0
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AtofEvent } from '../../../src/atof/event.ts';
import { type Registration, flow } from '../../../src/api/index.ts';
import { getRuntime } from '../../../src/api/runtime.ts';
import { instrument } from '../../../src/sdk/index.ts';
import { type AnthropicServer, startAnthropicServer } from '../../support/anthropic-server/server.ts';

interface Asked {
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly content: unknown }[];
}

let server: AnthropicServer;
let client: Anthropic;
let events: AtofEvent[];
let toCall: readonly string[] | undefined;
let added: Registration[];

beforeAll(async () => {
  instrument(Anthropic);
  server = await startAnthropicServer({
    reply({ body }) {
      const { tools = [], messages } = body as Asked;
      const results = messages.at(-1)?.content;
      if (Array.isArray(results) && results[0]?.type === 'tool_result')
        return { text: results.map(({ content }: { content: string }) => content).join('; ') };
      return { toolCalls: (toCall ?? tools.map(({ name }) => name)).map((name) => ({ name, arguments: { a: 1 } })) };
    },
  });
  client = new Anthropic({ apiKey: 'k', baseURL: server.url, maxRetries: 0 });
});
afterAll(() => server.close());
beforeEach(() => {
  events = [];
  toCall = undefined;
  added = [flow.addSubscriber('test', (event) => void events.push(event as AtofEvent))];
});
afterEach(() => {
  for (const each of added) each.remove();
});

const question = {
  model: 'claude-test',
  max_tokens: 9,
  messages: [{ role: 'user' as const, content: 'hi' }],
};
const makeTool = (name: string, run: (input: unknown) => string = () => `${name} ran`) => ({
  type: 'custom' as const,
  name,
  description: name,
  input_schema: { type: 'object' as const },
  parse: (input: unknown): unknown => input,
  run,
});

/** Starts and ends, with the name of the scope around each. */
async function told(): Promise<readonly string[]> {
  await flow.flush();
  const names = new Map(events.map(({ uuid, name }) => [uuid, name]));
  return events.map((event) => {
    const { name, parent_uuid: parent, scope_category: kind, metadata } = event as AtofEvent & Record<string, unknown>;
    const status = kind === 'end' ? ` ${String((metadata as Record<string, unknown>)['otel.status_code'])}` : '';
    return `${names.get(parent ?? '') ?? ''} > ${name} ${String(kind)}${status}`;
  });
}

const CALL = ['toolRunner > anthropic start', 'toolRunner > anthropic end OK'];
const TOOL = ['toolRunner > tool start', 'toolRunner > tool end OK'];
const LOOP = [' > toolRunner start', ...CALL, ...TOOL, ...CALL, ' > toolRunner end OK'];

describe('the scope of a tool loop', () => {
  it('is there for each way to make one, and each way to give it a tool', async () => {
    const tool = makeTool('tool');
    const late = client.beta.messages.toolRunner({ ...question, tools: [] });
    late.addTools(tool);
    toCall = ['tool'];
    const changed = client.beta.messages.toolRunner({ ...question, thread: false, tools: [] });
    changed.setMessagesParams((params) => ({ ...params, tools: [tool] }));
    const { thread } = client.beta.messages;
    for (const runner of [
      client.beta.messages.toolRunner({ ...question, tools: [tool] }),
      client.beta.messages.toolRunner({ ...question, tools: [tool], stream: true, runToolsEagerly: true }),
      late,
      changed,
      thread.call(client.beta.messages, { ...question, tools: [tool] }).toolRunner(),
    ]) {
      events = [];
      await runner.runUntilDone();
      // What runs eagerly is over before the answer is.
      expect((await told()).toSorted()).toEqual(LOOP.toSorted());
      const start = events.find(({ category }) => category === 'tool');
      expect(start?.category_profile).toMatchObject({ tool_call_id: expect.stringMatching(/^toolu_/) });
    }
  });

  it('holds the tools that the application runs itself on the way', async () => {
    const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('tool')] });
    for await (const message of runner) if (message.stop_reason === 'tool_use') await runner.generateToolResponse();
    expect(await told()).toEqual(LOOP);
  });

  it('ends with its outcome: left, failed, dropped', async () => {
    for await (const message of client.beta.messages.toolRunner({ ...question, tools: [makeTool('tool')] }))
      if (message.id) break;
    expect(await told()).toEqual([' > toolRunner start', ...CALL, ' > toolRunner end UNSET']);
    events = [];
    const failing = client.beta.messages.toolRunner({ ...question, tools: [makeTool('tool')] }, {
      path: '/nowhere',
    } as never);
    await expect(failing.runUntilDone()).rejects.toThrow('404');
    expect((await told()).at(-1)).toBe(' > toolRunner end ERROR');
    events = [];
    await (async () => {
      const dropped = client.beta.messages.toolRunner({ ...question, tools: [makeTool('tool')] });
      await dropped[Symbol.asyncIterator]().next();
    })();
    for (let turn = 0; turn < 200 && events.length < 4; turn += 1) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
      await flow.flush();
    }
    expect((await told()).at(-1)).toBe(' > toolRunner end UNSET');
  });
});

describe('a rejected tool of a loop', () => {
  it('is told to the model as an error, or by the setting as an answer', async () => {
    added.push(flow.tool.addConditionalExecution('no', (call) => (call.name === 'tool' ? 'not today' : undefined)));
    const { settings } = getRuntime().internals;
    const said = async (): Promise<unknown> => {
      const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('tool')] });
      const { content } = await runner.runUntilDone();
      const results = runner.params.messages.at(-2)?.content as unknown as readonly { readonly is_error?: boolean }[];
      return [content[0], results[0]?.is_error];
    };
    expect(await said()).toMatchObject([{ text: 'Error: guardrail rejected: not today' }, true]);
    settings.toolRejection = 'answer';
    try {
      expect(await said()).toMatchObject([{ text: 'The call was rejected: not today' }, undefined]);
    } finally {
      settings.toolRejection = 'throw';
    }
  });

  it('leaves what a toolset does to its members, each by its own name', async () => {
    const ran: unknown[] = [];
    added.push(
      flow.tool.addConditionalExecution('no', (call) => (call.name === 'left_click' ? 'no clicks' : undefined)),
      flow.tool.addRequestIntercept('more', (call) => ({ ...(call.args as object), b: 2 })),
    );
    const toolset = {
      type: 'computer_toolset_20260801' as const,
      run(_context: unknown, use: { readonly name: string; readonly input: unknown }) {
        ran.push([use.name, use.input, this === toolset]);
        return 'done';
      },
    };
    const reply = [
      { type: 'tool_use', id: 'toolu_1', name: 'screenshot', toolset_name: 'computer', input: { a: 1 } },
      { type: 'tool_use', id: 'toolu_2', name: 'left_click', toolset_name: 'computer', input: {} },
    ];
    const answers: object[] = [
      { content: reply, stop_reason: 'tool_use' },
      { content: [{ type: 'text', text: 'ok' }], stop_reason: 'end_turn' },
    ];
    const sent: Asked[] = [];
    const fetch = async (_url: unknown, init?: { readonly body?: unknown }): Promise<Response> => {
      sent.push(JSON.parse(String(init?.body)) as Asked);
      const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', usage: {}, ...answers.shift() };
      return new Response(JSON.stringify(message), { headers: { 'content-type': 'application/json' } });
    };
    const own = new Anthropic({ apiKey: 'k', fetch: fetch as never });
    await own.beta.messages.toolRunner({ ...question, thread: false, tools: [toolset as never] });
    expect(ran).toEqual([['screenshot', { a: 1, b: 2 }, true]]);
    expect(sent.at(-1)?.messages.at(-1)?.content).toMatchObject([
      { tool_use_id: 'toolu_1', content: 'done' },
      { tool_use_id: 'toolu_2', is_error: true },
    ]);
  });
});
