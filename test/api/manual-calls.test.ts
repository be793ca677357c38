// SPDX-License-Identifier: Apache-2.0
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AtofEvent, type Registration, flow } from '../../src/api/index.ts';
import { expectValidAtof } from '../support/formats/index.ts';

const request = { content: { model: 'gpt-test', messages: [{ role: 'user', content: 'hi' }] } };
const response = {
  id: 'r',
  object: 'chat.completion',
  model: 'gpt-test-1',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

let registrations: Registration[] = [];
let events: AtofEvent[] = [];
const keep = (registration: Registration): unknown => registrations.push(registration);
beforeEach(() => {
  events = [];
  keep(flow.addSubscriber('recorder', (event) => void events.push(JSON.parse(JSON.stringify(event)) as AtofEvent)));
});
afterEach(async () => {
  await flow.flush();
  expectValidAtof(events.map((event) => JSON.stringify(event)).join('\n'));
  for (const registration of registrations) registration.remove();
  registrations = [];
});
const recorded = async (): Promise<AtofEvent[]> => {
  await flow.flush();
  return events;
};

describe('a tool call that the application makes itself', () => {
  it('is a start and an end with its own times, id, metadata and payloads', async () => {
    const time = Date.now() * 1000;
    const call = flow.tool.start({ name: 'search', args: { q: 1 }, id: 'call_1', metadata: { a: 1, b: 1 }, time });
    call.end({ result: { hits: 2 }, metadata: { b: 2 }, time: time + 500 });
    const [start, end] = await recorded();
    expect(start).toMatchObject({
      category: 'tool',
      data: { q: 1 },
      category_profile: { tool_call_id: 'call_1' },
      metadata: { a: 1, b: 1 },
    });
    expect(end).toMatchObject({
      uuid: call.uuid,
      data: { hits: 2 },
      metadata: { a: 1, b: 2, 'otel.status_code': 'OK' },
    });
    expect([start, end].map((event) => String(event?.timestamp).slice(-7))).toEqual([
      `${String(time % 1_000_000).padStart(6, '0')}Z`,
      `${String((time + 500) % 1_000_000).padStart(6, '0')}Z`,
    ]);
  });

  it('passes no guardrail and no intercept, but its payloads are sanitized', async () => {
    keep(flow.tool.addConditionalExecution('no', () => 'never'));
    keep(flow.tool.addRequestIntercept('other', () => ({ changed: true })));
    keep(flow.tool.addSanitizeRequest('clean', () => ({ clean: 'args' })));
    keep(flow.tool.addSanitizeResponse('clean', () => ({ clean: 'result' })));
    flow.tool.start({ name: 't', args: { secret: 1 } }).end({ result: { secret: 2 } });
    expect((await recorded()).map(({ data }) => data)).toEqual([{ clean: 'args' }, { clean: 'result' }]);
  });

  it('is current, and parent, only inside its own run', async () => {
    const outer = flow.scope.current().uuid;
    const call = flow.tool.start({ name: 't', args: {} });
    expect(flow.scope.current().uuid).toBe(outer);
    await call.run(async () => {
      expect(flow.scope.current().uuid).toBe(call.uuid);
      flow.scope.mark('inside');
    });
    call.end();
    expect((await recorded()).find(({ name }) => name === 'inside')?.parent_uuid).toBe(call.uuid);
  });

  it('says who it is, and takes marks while it is open and after it has ended', async () => {
    const call = flow.tool.start({ name: 'search', args: {}, id: 'call_1' });
    expect(call).toMatchObject({ name: 'search', id: 'call_1', ended: false });
    call.mark('halfway', { data: 1 });
    call.end();
    call.mark('late', { data: 2 });
    const marks = (await recorded()).filter(({ kind }) => kind === 'mark');
    expect(marks).toMatchObject([
      { name: 'halfway', parent_uuid: call.uuid, data: 1 },
      { name: 'late', parent_uuid: call.uuid, data: 2 },
    ]);
    expect(flow.llm.start({ name: 'openai', request }).id).toBeUndefined();
  });

  it('ends once: a second end, or one before its start, is an error and no event', async () => {
    const time = Date.now() * 1000;
    const call = flow.tool.start({ name: 't', args: {}, time });
    expect(() => call.end({ time })).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }));
    call.fail(new TypeError('broken'));
    expect(call.ended).toBe(true);
    expect(() => call.end()).toThrow(expect.objectContaining({ code: 'FLOW_SCOPE_CLOSED' }));
    const all = await recorded();
    expect(all).toHaveLength(2);
    expect(all[1]?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'exception.type': 'TypeError' });
  });
});

it('a model call that the application makes itself records request, response and what it served', async () => {
  flow.llm.start({ name: 'openai', request }).end({ response });
  const [start, end] = await recorded();
  expect(start).toMatchObject({
    category: 'llm',
    data: { headers: {}, content: request.content },
    category_profile: { model_name: 'gpt-test' },
  });
  expect(end).toMatchObject({ data: response, category_profile: { model_name: 'gpt-test-1' } });
});

describe('the standalone steps', () => {
  it('ask the guardrails and nothing else', async () => {
    keep(
      flow.tool.addConditionalExecution('no rm', (call) =>
        (call.args as { cmd: string }).cmd === 'rm' ? 'no' : undefined,
      ),
    );
    keep(flow.llm.addConditionalExecution('no models', () => ({ reason: 'none', code: 'x' })));
    await flow.tool.checkConditions({ name: 'shell', args: { cmd: 'ls' } });
    await expect(flow.tool.checkConditions({ name: 'shell', args: { cmd: 'rm' } })).rejects.toMatchObject({
      guardrail: 'no rm',
      reason: 'no',
    });
    await expect(flow.llm.checkConditions({ name: 'openai', request })).rejects.toMatchObject({
      code: 'FLOW_GUARDRAIL_REJECTED',
    });
    expect((await recorded()).filter(({ category }) => category === 'tool' || category === 'llm')).toEqual([]);
  });

  it('run the request intercepts and nothing else', async () => {
    keep(flow.tool.addRequestIntercept('more', async (call) => ({ ...(call.args as object), more: 1 })));
    keep(flow.llm.addRequestIntercept('cold', (call) => ({ content: { ...call.request.content, temperature: 0 } })));
    expect(await flow.tool.applyRequestIntercepts({ name: 't', args: { a: 1 } })).toEqual({ a: 1, more: 1 });
    expect(await flow.llm.applyRequestIntercepts({ name: 'openai', request })).toEqual({
      headers: {},
      content: { ...request.content, temperature: 0 },
    });
    expect(await recorded()).toEqual([]);
  });
});

describe('a manual call without a result', () => {
  it('ends with the data that it was opened with, as a managed one does', async () => {
    const data = { kept: true };
    flow.tool.start({ name: 't', args: {}, data }).end();
    flow.tool.start({ name: 't', args: {}, data }).end({ result: null });
    flow.tool.start({ name: 't', args: {}, data }).fail(new Error('no'));
    flow.tool.start({ name: 't', args: {}, data }).end({ result: 0 });
    flow.llm.start({ name: 'm', request, data }).end();
    const ends = (await recorded()).filter((event) => event.kind === 'scope' && event.scope_category === 'end');
    expect(ends.map((event) => event.data)).toEqual([data, data, data, 0, data]);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['no content', {}],
    ['headers that are no object', { headers: 1, content: {} }],
  ])('is refused, managed or not, where the request is %s', async (_, wrong) => {
    const invalid = expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' });
    expect(() => flow.llm.start({ name: 'm', request: wrong as never })).toThrow(invalid);
    await expect(flow.llm.execute({ name: 'm', request: wrong as never }, () => 1)).rejects.toEqual(invalid);
    expect(await recorded()).toEqual([]);
  });
});

describe('a standalone step that refuses', () => {
  it('leaves what a refused call leaves: a guardrail scope and a mark, so that a trajectory tells of it', async () => {
    keep(flow.tool.addConditionalExecution('no', () => 'not now'));
    await expect(flow.tool.checkConditions({ name: 'shell', args: {} })).rejects.toMatchObject({ reason: 'not now' });
    expect((await recorded()).map(({ name, category }) => [name, category])).toEqual([
      ['no', 'guardrail'],
      ['no', 'guardrail'],
      ['shell', null],
    ]);
  });

  it('leaves no mark of its callbacks: the call that they would belong to is not there', async () => {
    keep(flow.tool.addRequestIntercept('marks', (call) => call.mark('pending')));
    await flow.tool.applyRequestIntercepts({ name: 'shell', args: {} });
    expect(await recorded()).toEqual([]);
  });
});

describe('the end of what is ended by hand', () => {
  const statuses = async (): Promise<unknown[]> =>
    (await recorded())
      .filter((event) => event.kind === 'scope' && event.scope_category === 'end')
      .map(({ metadata }) => metadata?.['otel.status_code']);

  it('is a failure whatever was thrown, also undefined, and by `error` as by `fail`', async () => {
    flow.scope.start('scope').fail(undefined);
    flow.scope.start('scope').end({ error: 'no' });
    flow.tool.start({ name: 'tool', args: {} }).fail(undefined);
    flow.tool.start({ name: 'tool', args: {} }).end({ error: new Error('no') });
    expect(await statuses()).toEqual(['ERROR', 'ERROR', 'ERROR', 'ERROR']);
  });

  it("is the runtime's word: what the start said about errors is gone when it is good", async () => {
    const metadata = { 'error.type': 'timeout', 'exception.type': 'E', cancelled: true, mine: 1 };
    flow.tool.start({ name: 'tool', args: {}, metadata }).end({ result: 1 });
    const [, end] = await recorded();
    expect(end?.metadata).toMatchObject({ mine: 1, 'otel.status_code': 'OK' });
    for (const key of ['error.type', 'exception.type', 'cancelled']) expect(end?.metadata).not.toHaveProperty(key);
  });

  it('comes also when a value codec throws', async () => {
    const toJson = (): never => {
      throw new RangeError('no');
    };
    const codec = { toJson, fromJson: (json: unknown) => json };
    const call = flow.tool.start({ name: 'tool', args: 1, valueCodecs: { result: codec } });
    expect(() => call.end({ result: 1 })).toThrow(RangeError);
    expect(call.ended).toBe(true);
    expect(await statuses()).toEqual(['ERROR']);
  });

  it('is later than the start, also where nobody listens', () => {
    for (const registration of registrations as { remove(): void }[]) registration.remove();
    const call = flow.tool.start({ name: 'tool', args: 1 });
    expect(() => call.end({ time: 5 })).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }));
    call.end();
  });

  it('holds no credentials that the `data` of a model call brought', async () => {
    const data = { tools: [{ type: 'mcp', authorization: 'sk-secret' }] };
    flow.llm.start({ name: 'openai', request, data }).end();
    expect(JSON.stringify(await recorded())).not.toContain('sk-secret');
  });
});

describe('standalone steps', () => {
  it('let go of the signal that they were given', async () => {
    const { signal } = new AbortController();
    keep(flow.tool.addConditionalExecution('reads', (call) => void call.signal));
    keep(flow.tool.addRequestIntercept('reads', (call) => void call.signal));
    for (let i = 0; i < 20; i++) {
      await flow.tool.checkConditions({ name: 'tool', args: {}, signal });
      await flow.tool.applyRequestIntercepts({ name: 'tool', args: {}, signal });
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('tell policy of a stream when the framework is about to open one', async () => {
    keep(flow.llm.addConditionalExecution('no streams', (call) => (call.streaming ? 'no streams' : undefined)));
    await expect(flow.llm.checkConditions({ name: 'openai', request })).resolves.toBeUndefined();
    await expect(flow.llm.checkConditions({ name: 'openai', request, streaming: true })).rejects.toThrow('no streams');
  });
});

describe('a mark that waits for the start of its call', () => {
  it('holds its data as it was when it was made', async () => {
    const data = { n: 1 };
    keep(flow.tool.addRequestIntercept('marks', (call) => call.mark('noted', { data })));
    keep(flow.tool.addRequestIntercept('then changes it', () => void (data.n = 2), { priority: 1 }));
    await flow.tool.execute({ name: 'tool', args: {} }, () => 1);
    expect((await recorded()).find(({ name }) => name === 'noted')?.data).toEqual({ n: 1 });
  });
});

it('no metadata says where an event belongs but the runtime', async () => {
  keep(flow.event.addMetadata('forger', () => ({ trace_id: 'forged', root_uuid: 'forged' })));
  flow.scope.start('scope', { metadata: { trace_id: 'mine', span_id: 'mine' } }).end();
  expect(JSON.stringify(await recorded())).not.toMatch(/forged|mine/);
});
