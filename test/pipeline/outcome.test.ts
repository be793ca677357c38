// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from 'vitest';
import { codecs, type Codec, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { collect, FAMILIES, forThisTest, streamOf } from './families.ts';

beforeEach(() => setup.forgetSpans());

class BudgetError extends Error {}
class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly code = 'rate_limit_exceeded';
}

/** What was thrown, and what the end event says about it beside `otel.status_code`. */
const THROWN: readonly (readonly [string, unknown, Readonly<Record<string, unknown>>])[] = [
  [
    'an error with a message',
    new TypeError('bug'),
    { 'otel.status_description': 'bug', 'error.type': 'TypeError', 'exception.type': 'TypeError' },
  ],
  ['an error of a class without a name of its own', new BudgetError('empty'), { 'error.type': 'BudgetError' }],
  [
    'an error with a code',
    new CodedError('slow down'),
    { 'error.type': 'rate_limit_exceeded', 'exception.type': 'CodedError' },
  ],
  ['a frozen error', Object.freeze(new RangeError('frozen')), { 'error.type': 'RangeError' }],
  ['an abort', new DOMException('gone', 'AbortError'), { 'error.type': 'AbortError', cancelled: true }],
  ['a text', 'just text', { 'otel.status_description': 'just text', 'error.type': '_OTHER' }],
  ['an object', { code: 1 }, { 'otel.status_description': 'an object was thrown', 'error.type': '_OTHER' }],
  ['undefined', undefined, { 'error.type': '_OTHER' }],
  ['null', null, { 'error.type': '_OTHER' }],
  [
    'an error that cannot be read',
    Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('unreadable');
      },
    }),
    { 'error.type': 'Error' },
  ],
];

const outcomeOf = (metadata: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(metadata as Record<string, unknown>).filter(([key]) =>
      /^(otel|error|exception|cancelled)/.test(key),
    ),
  );

describe.each(FAMILIES)('$family', (family) => {
  const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => expect.unreachable('nothing was thrown'),
      (error: unknown) => error,
    );

  test('the caller gets the very object that the function returned', async () => {
    recordEvents();
    class Result {
      readonly #secret = 1;
      read(): number {
        return this.#secret;
      }
    }
    for (const result of [new Result(), Object.freeze([1]), new Map(), () => 1, Symbol('s'), 0, '', false, 1n]) {
      expect(await family.call('in', () => result)).toBe(result);
      expect(await family.call('in', async () => result)).toBe(result);
    }
  });

  test.each(THROWN)(
    'the caller gets %s as it was thrown, and the end event tells what it was',
    async (_, thrown, expected) => {
      const recorded = recordEvents();
      const throwing = (): never => {
        throw thrown;
      };
      for (const body of [throwing, async () => throwing()])
        expect(await thrownBy(family.call('in', body, { data: 'fallback' }))).toBe(thrown);
      const events = await recorded.named('call');
      expect(events).toHaveLength(4);
      expect(events[1]?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', ...expected });
      expect(events.map(({ data }) => data).filter((data) => data === 'fallback')).toHaveLength(2);
    },
  );

  test.runIf(setup.hasSpans)(
    'the span of a failed call has the error as status and type, that of a good one none',
    async () => {
      await thrownBy(family.call('in', () => Promise.reject(new CodedError('slow down'))));
      await family.call('in');
      const [failed, good] = setup.finishedSpans();
      expect(failed?.status).toEqual({ code: 2, message: 'slow down' });
      expect(failed?.attributes['error.type']).toBe('rate_limit_exceeded');
      expect(good?.status).toEqual({ code: 0 });
      expect(good?.attributes).not.toHaveProperty('error.type');
    },
  );

  test.runIf(setup.hasSpans)('the span has ended when the call returns', async () => {
    await family.call('in');
    expect(setup.finishedSpans()).toHaveLength(1);
    expect(setup.finishedSpans()[0]?.events.map(({ name }) => name)).toEqual(['atof.start', 'atof.end']);
  });

  test('success is said in metadata, beside that of the call', async () => {
    const recorded = recordEvents();
    await family.call('in', undefined, { metadata: { tenant: 'a', 'otel.status_code': 'mine' } });
    const [start, end] = await recorded.named('call');
    expect(start?.metadata).toMatchObject({ tenant: 'a' });
    expect(end?.metadata).toMatchObject({ tenant: 'a' });
    expect(outcomeOf(end?.metadata)).toEqual({ 'otel.status_code': 'OK' });
  });

  test.each([[undefined], [null]])('a result of %s is recorded as the data of the call', async (result) => {
    const recorded = recordEvents();
    expect(await family.call('in', () => result, { data: { fallback: true } })).toBe(result);
    const [, end] = await recorded.named('call');
    expect(end?.data).toEqual({ fallback: true });
  });

  test('a result that is false, zero or empty is a result', async () => {
    const recorded = recordEvents();
    for (const result of [false, 0, '']) await family.call('in', () => result, { data: 'fallback' });
    const events = await recorded.named('call');
    expect(events.filter((_, place) => place % 2 === 1).map(({ data }) => data)).toEqual([false, 0, '']);
  });

  test('what the caller changes after the call does not show in its events', async () => {
    const recorded = recordEvents();
    const result = { deep: { answer: 42 } };
    await family.call('in', () => result);
    result.deep.answer = 0;
    const [, end] = await recorded.named('call');
    expect(end?.data).toEqual({ deep: { answer: 42 } });
  });

  test('a sanitizer, subscriber or metadata callback that throws costs its event, never the call', async () => {
    const fail = (): never => {
      throw new Error('bug in an observer');
    };
    const policy = family.registrar(flow);
    forThisTest(policy.addSanitizeRequest('s', fail));
    forThisTest(policy.addSanitizeResponse('s', async () => fail()));
    forThisTest(flow.event.addMetadata('m', fail));
    forThisTest(flow.event.addSanitizeScopeEnd('e', fail));
    forThisTest(flow.addSubscriber('u', fail));
    expect(await family.call('in')).toBe('in!');
    await flow.flush();
  });
});

describe('a codec that throws', () => {
  const bug = new Error('bug in a codec');
  const fail = (): never => {
    throw bug;
  };
  const request = { content: { model: 'm', messages: [] } };
  const broken = (methods: readonly (keyof Codec)[]): Codec => ({
    ...codecs.openaiChat,
    ...Object.fromEntries(methods.map((method) => [method, fail])),
  });
  const brokenAccumulator = (method: 'push' | 'response'): Codec => ({
    ...codecs.openaiChat,
    accumulator: () => ({ ...codecs.openaiChat.accumulator(), [method]: fail }),
  });

  test.each<[string, Codec]>([
    ['decoding requests', broken(['decodeRequest'])],
    ['decoding responses', broken(['decodeResponse'])],
    ['starting to add up chunks', broken(['accumulator'])],
    ['adding up chunks', brokenAccumulator('push')],
    ['giving the response', brokenAccumulator('response')],
    ['everything', broken(['decodeRequest', 'decodeResponse', 'accumulator'])],
  ])('(%s) costs what would have been recorded, never the call', async (_, codec) => {
    const recorded = recordEvents();
    const response = { choices: [] };
    expect(await flow.llm.execute({ name: 'call', request, codec }, () => response)).toBe(response);
    const chunks = await flow.llm.stream({ name: 'call', request, codec }, () => streamOf({ a: 1 }, { b: 2 }));
    expect(await collect(chunks)).toEqual([{ a: 1 }, { b: 2 }]);
    const left = await flow.llm.stream({ name: 'call', request, codec }, () => streamOf({ a: 1 }, { b: 2 }));
    for await (const chunk of left) {
      expect(chunk).toEqual({ a: 1 });
      break;
    }
    expect(await recorded.named('call')).toHaveLength(6);
  });
});

test('an end that is good does not keep the description of a failure that the application wrote into the metadata', async () => {
  const recorded = recordEvents();
  const metadata = { 'otel.status_description': 'stale', kept: true };
  await flow.tool.execute({ name: 'call', args: {}, metadata }, () => 1);
  flow.scope.run('call', { metadata }, () => 1);
  const ends = (await recorded.named('call')).filter((_, place) => place % 2 === 1);
  expect(ends.map((end) => outcomeOf(end.metadata))).toEqual([
    { 'otel.status_code': 'OK' },
    { 'otel.status_code': 'OK' },
  ]);
  expect(ends.map((end) => end.metadata?.['kept'])).toEqual([true, true]);
});
