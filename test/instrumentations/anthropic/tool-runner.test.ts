// SPDX-License-Identifier: Apache-2.0
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AtofEvent } from '../../../src/atof/event.ts';
import { type Registration, flow, isFlowError } from '../../../src/api/index.ts';
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

  it('does not run when its caller has left while policy was asked', async () => {
    const leave = new AbortController();
    const ran: unknown[] = [];
    const ask = async (): Promise<undefined> => {
      leave.abort();
      await Promise.resolve();
    };
    added.push(flow.tool.addConditionalExecution('asks', ask));
    const tools = [makeTool('tool', (input) => String(ran.push(input)))];
    const runner = client.beta.messages.toolRunner({ ...question, tools }, { signal: leave.signal });
    await expect(runner.runUntilDone()).rejects.toThrow(Anthropic.APIUserAbortError);
    expect(ran).toEqual([]);
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

describe('policy that fails over a tool of a loop', () => {
  const broken = (): never => {
    throw new Error('the rules at 10.0.0.7 cannot be read');
  };
  const register: Readonly<Record<string, () => Registration>> = {
    FLOW_GUARDRAIL_FAILED: () => flow.tool.addConditionalExecution('broken', broken),
    FLOW_INTERCEPT_FAILED: () => flow.tool.addRequestIntercept('broken', broken),
    FLOW_INVALID_VERDICT: () => flow.tool.addConditionalExecution('broken', (() => false) as never),
  };
  const tools = [makeTool('tool')];

  it.each(Object.keys(register))('ends the loop with %s, and the model is told nothing', async (code) => {
    const broke = register[code]?.() as Registration;
    added.push(broke);
    const before = server.requests.length;
    for (const mode of [{}, { stream: true }, { stream: true, runToolsEagerly: true }]) {
      events = [];
      const runner = client.beta.messages.toolRunner({ ...question, tools, ...(mode as object) });
      const error: unknown = await runner.runUntilDone().catch((reason: unknown) => reason);
      expect(isFlowError(error)).toBe(error);
      expect(error).toMatchObject({ code, status: 403 });
      expect((await told()).at(-1)).toBe(' > toolRunner end ERROR');
    }
    expect(server.requests).toHaveLength(before + 3);
    broke.remove();
  });

  it('reaches the application that asks for the results itself', async () => {
    added.push(register['FLOW_GUARDRAIL_FAILED']?.() as Registration);
    const runner = client.beta.messages.toolRunner({ ...question, tools });
    for await (const message of runner) {
      expect(message.stop_reason).toBe('tool_use');
      await expect(runner.generateToolResponse()).rejects.toMatchObject({ code: 'FLOW_GUARDRAIL_FAILED' });
      break;
    }
  });

  it('ends the loop also where an agent that is a tool met it', async () => {
    const asks = ({ request }: { request: { content: object } }): undefined => {
      if (JSON.stringify(request.content).includes('inner')) broken();
    };
    added.push(flow.llm.addConditionalExecution('broken', asks));
    const messages = [{ role: 'user' as const, content: 'inner' }];
    const before = server.requests.length;
    for (const stream of [false, true]) {
      const inner = {
        ...makeTool('agent'),
        run: async () =>
          String(await client.beta.messages.toolRunner({ ...question, messages, stream, tools: [] }).runUntilDone()),
      };
      const outer = client.beta.messages.toolRunner({ ...question, tools: [inner] });
      const error: unknown = await outer.runUntilDone().catch((reason: unknown) => reason);
      expect(isFlowError(error)).toMatchObject({ code: 'FLOW_GUARDRAIL_FAILED' });
    }
    expect(server.requests).toHaveLength(before + 2);
  });

  it('is a rejection without its reasons where the setting has the model told', async () => {
    added.push(register['FLOW_GUARDRAIL_FAILED']?.() as Registration);
    const { settings } = getRuntime().internals;
    settings.toolRejection = 'answer';
    try {
      const { content } = await client.beta.messages.toolRunner({ ...question, tools }).runUntilDone();
      expect(content).toMatchObject([{ text: 'The call was rejected: policy failed' }]);
    } finally {
      settings.toolRejection = 'throw';
    }
  });
});

describe('what an intercept makes in the place of a result', () => {
  const sent = async (result: unknown, own?: unknown): Promise<unknown> => {
    const by = flow.tool.addExecutionIntercept('made', (_, next) => (own === undefined ? result : next()));
    try {
      const tools = [{ ...makeTool('tool'), run: () => own as string }];
      await client.beta.messages.toolRunner({ ...question, tools }).runUntilDone();
    } finally {
      by.remove();
    }
    const { messages } = server.requests.map(({ body }) => body as unknown as Asked).at(-1) as Asked;
    const { content } = messages.at(-1) as Asked['messages'][number];
    const [block] = content as readonly { content?: unknown; is_error?: boolean }[];
    expect(block?.is_error).toBeUndefined();
    return block?.content;
  };
  const text = { type: 'text', text: 'cached' };

  it.each([
    ['text', 'cached', 'cached'],
    ['content blocks', [text], [text]],
    ['one content block', text, [text]],
    ['an object', { city: 'Oslo' }, '{"city":"Oslo"}'],
    ['a list', [1, 2], '[1,2]'],
    ['a number', 0, '0'],
    ['null', null, 'null'],
  ])('%s is sent in a form that the provider takes', async (_, result, expected) => {
    expect(await sent(result)).toEqual(expected);
  });

  it('nothing is no content, as that of a tool which returns nothing; what a tool itself returns is left alone', async () => {
    expect(await sent(undefined)).toBeUndefined();
    expect(await sent(undefined, { odd: true })).toEqual({ odd: true });
  });

  it('what JSON cannot hold is an error of the intercept, for the caller', async () => {
    await expect(sent(1n)).rejects.toMatchObject({
      code: 'FLOW_INTERCEPT_FAILED',
      message:
        "an execution intercept made a result for the tool 'tool' that JSON cannot hold (bigint); return a string, content blocks, or plain values",
    });
  });
});
