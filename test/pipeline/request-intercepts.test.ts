// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { type CallView, codecs, flow, FlowError, type LlmRequest } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { collect, FAMILIES, forThisTest, streamOf } from './families.ts';

const refusal = (call: Promise<unknown>): Promise<FlowError> =>
  call.then(
    () => expect.unreachable('the call went through'),
    (error: unknown) => error as FlowError,
  );

describe.each(FAMILIES)('$family', (family) => {
  const policy = family.registrar(flow);
  const intercept = (name: string, callback: (call: CallView) => unknown): void =>
    void forThisTest(policy.addRequestIntercept(name, callback as never));

  test('each intercept sees what the one before made of the request, and undefined leaves it as it is', async () => {
    intercept('1', (call) => family.changed(`${family.valueOf(call)}1`));
    intercept('2', () => undefined);
    intercept('3', async (call) => family.changed(`${family.valueOf(call)}3`));
    expect(await family.call('in', (value, call) => [value, family.valueOf(call)])).toEqual(['in13', 'in13']);
  });

  test.each<[string, unknown]>([
    ['an error', new TypeError('bug in the intercept')],
    ['a text', 'bug'],
    ['an error of Flow that is no refusal', new FlowError('FLOW_SCOPE_CLOSED', 'closed')],
  ])('an intercept that throws %s refuses the call before it starts', async (_, thrown) => {
    const recorded = recordEvents();
    const throwing = (): never => {
      throw thrown;
    };
    for (const callback of [throwing, async () => throwing()]) {
      const registration = policy.addRequestIntercept('r', callback);
      const error = await refusal(family.call('in', () => expect.unreachable('the function ran')));
      registration.remove();
      expect(error).toMatchObject({ code: 'FLOW_INTERCEPT_FAILED', status: 403 });
      expect(error.message).toContain("'r'");
      expect(error.cause).toBe(thrown);
    }
    expect(await recorded.all()).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a function', () => undefined],
    ['a symbol', Symbol('no')],
    ['an Error', new Error('returned, not thrown')],
  ])('an intercept that returns %s refuses the call', async (_, returned) => {
    intercept('r', () => returned);
    const error = await refusal(family.call('in', () => expect.unreachable('the function ran')));
    expect(error).toMatchObject({ code: 'FLOW_INVALID_VERDICT', status: 403 });
    expect(error.message).toContain("'r'");
  });

  test('a judge inside an intercept is recorded where the call was made', async () => {
    const recorded = recordEvents();
    intercept('r', async () => {
      await flow.llm.execute({ name: 'judge', request: { content: {} } }, () => 'fine');
    });
    const around = await flow.scope.run('around', async (scope) => (await family.call('in'), scope.uuid));
    expect((await recorded.named('judge')).map(({ parent_uuid }) => parent_uuid)).toEqual([around, around]);
  });
});

describe('a request intercept of a model call', () => {
  const content = { model: 'm', messages: [{ role: 'user', content: 'hello', cache: true }], seed: 7 };
  const request: LlmRequest = { headers: { a: '1', b: '2' }, content };
  const sent = (): Promise<LlmRequest> => flow.llm.execute({ name: 'call', request }, (given) => given);
  const intercept = (returned: unknown): void =>
    void forThisTest(flow.llm.addRequestIntercept('r', () => returned as never));

  test.each<[string, unknown]>([
    ['a text', 'text'],
    ['null', null],
    ['content null', { content: null }],
    ['a boolean', true],
    ['an array', [content]],
    ['an empty object', {}],
    ['the content itself', content],
    ['an annotated request that is null', { annotated: null }],
    ['an annotated request without messages', { annotated: { params: {} } }],
    ['headers that are a text', { headers: 'x: 1' }],
    ['headers that are a list', { headers: [['x', '1']] }],
    ['headers that are a Headers object', { headers: new Headers({ x: '1' }) }],
  ])('that returns %s refuses the call', async (_, returned) => {
    intercept(returned);
    expect(await refusal(sent())).toMatchObject({ code: 'FLOW_INVALID_VERDICT', status: 403 });
  });

  test('may return headers or content alone, and keeps the other object itself', async () => {
    intercept({ headers: { c: '3', a: null } });
    expect(await sent()).toEqual({ headers: { c: '3', a: null }, content });
    expect((await sent()).content).toBe(content);
  });

  test('that returns content alone keeps the headers', async () => {
    const other = { model: 'other' };
    intercept({ content: other });
    const { headers, content: given } = await sent();
    expect(headers).toEqual(request.headers);
    expect(given).toBe(other);
  });

  test('that returns an annotated request has only its edit written back', async () => {
    forThisTest(
      flow.llm.addRequestIntercept('r', ({ annotated }) => ({ annotated: { ...annotated!, model: 'cheaper' } })),
    );
    const { headers, content: given } = await sent();
    expect(headers).toEqual(request.headers);
    expect(given).toEqual({ ...content, model: 'cheaper' });
    expect((given as typeof content).messages[0]).toBe(content.messages[0]);
    expect(content.model).toBe('m');
  });

  test('edits of several intercepts add up, whichever form each of them returns', async () => {
    const add = (name: string, change: (call: CallView) => unknown): void =>
      void forThisTest(flow.llm.addRequestIntercept(name, change as never));
    add('1', ({ annotated }) => ({ annotated: { ...annotated!, model: 'one' } }));
    add('2', ({ request }) => ({ content: { ...(request.content as object), user: 'two' } }));
    add('3', ({ annotated }) => {
      expect(annotated).toMatchObject({ model: 'one' });
      return { annotated: { ...annotated!, params: { ...annotated!.params, seed: 3 } }, headers: {} };
    });
    expect(await sent()).toEqual({ headers: {}, content: { ...content, model: 'one', user: 'two', seed: 3 } });
  });

  test('that returns an annotated request where no codec knows the content refuses the call', async () => {
    intercept({ annotated: { messages: [], params: {} } });
    const call = flow.llm.execute({ name: 'call', request: { content: { prompt: 'x' } } }, () => 1);
    const error = await refusal(call);
    expect(error).toMatchObject({ code: 'FLOW_INVALID_VERDICT', status: 403 });
    expect(error.message).toContain('codec');
  });

  test('whose edit the codec cannot encode refuses the call', async () => {
    const bug = new Error('cannot encode');
    const codec = {
      ...codecs.openaiChat,
      encodeRequest: () => {
        throw bug;
      },
    };
    forThisTest(flow.llm.addRequestIntercept('r', ({ annotated }) => ({ annotated: annotated! })));
    const error = await refusal(flow.llm.execute({ name: 'call', request, codec }, () => 1));
    expect(error).toMatchObject({ code: 'FLOW_INTERCEPT_FAILED', status: 403, cause: bug });
  });

  test('has the request decoded when it first reads that, and again only when the content has changed', async () => {
    let decoded = 0;
    const codec = {
      ...codecs.openaiChat,
      decodeRequest: (it: unknown) => (decoded++, codecs.openaiChat.decodeRequest(it)),
    };
    const call = (): Promise<unknown> =>
      flow.scope.run('around', () => flow.llm.execute({ name: 'call', request, codec }, () => 1));
    const read = (name: string): void =>
      void forThisTest(flow.llm.addRequestIntercept(name, ({ annotated }) => void annotated?.messages));
    await call();
    expect(decoded).toBe(0);
    read('1');
    read('2');
    await call();
    expect(decoded).toBe(1);
    forThisTest(flow.llm.addRequestIntercept('3', () => ({ content: { ...content, model: 'other' } })));
    read('4');
    read('5');
    await call();
    expect(decoded).toBe(3);
  });

  test('is one and the same for buffered calls and streams, which say what they are', async () => {
    const seen: boolean[] = [];
    forThisTest(flow.llm.addRequestIntercept('r', ({ streaming }) => void seen.push(streaming)));
    await sent();
    await collect(await flow.llm.stream({ name: 'call', request }, () => streamOf(1)));
    expect(seen).toEqual([false, true]);
  });
});

test('a request intercept of a tool may make anything but a function, a symbol or an Error of its arguments', async () => {
  for (const args of [null, 0, '', false, [], 'text', { deep: [1] }]) {
    const registration = flow.tool.addRequestIntercept('r', () => args);
    expect(await flow.tool.execute({ name: 'call', args: { a: 1 } as unknown }, (given) => ({ given }))).toEqual({
      given: args,
    });
    registration.remove();
  }
});
