// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from 'vitest';
import { type AtofEvent, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { FAMILIES, forThisTest } from './families.ts';

beforeEach(() => setup.forgetSpans());

const attemptOf = (event: AtofEvent): unknown => event.metadata?.['flow.attempt'] ?? 1;
const isStart = (event: AtofEvent): boolean => event.kind === 'scope' && event.scope_category === 'start';

describe.each(FAMILIES)('$family', (family) => {
  const { kind } = family;

  /** Fails the first answers, then gives their number. */
  const failing = (times: number) => {
    let calls = 0;
    return (): string => {
      if (++calls <= times) throw new Error(`failure ${calls}`);
      return `answer ${calls}`;
    };
  };
  const retry = (name: string, times: number): void =>
    void forThisTest(
      family.addExecution(name, async (_, next) => {
        for (let i = 1; ; i++) {
          try {
            return await next();
          } catch (error) {
            if (i === times) throw error;
          }
        }
      }),
    );

  // Without a codec nobody knows how the chunks of an attempt add up; what the caller's finalizer says is the call's.
  const ownResult = (result: string): string | null => (family.family === 'stream' ? null : result);

  test('the first next() is the call itself; each further one is a call of its own beneath it, numbered from 2', async () => {
    const recorded = recordEvents();
    retry('retry', 3);
    const result = await family.call('in', failing(2), { name: 'search', metadata: { tenant: 'a' } });
    expect(result).toBe('answer 3');
    const events = await recorded.all();
    expect(events.map((event) => [event.kind === 'scope' && event.scope_category, attemptOf(event)])).toEqual([
      ['start', 1],
      ['start', 2],
      ['end', 2],
      ['start', 3],
      ['end', 3],
      ['end', 1],
    ]);
    const [call, second, , third] = events;
    expect([second!.parent_uuid, third!.parent_uuid]).toEqual([call!.uuid, call!.uuid]);
    for (const event of events)
      expect(event).toMatchObject({ name: 'search', category: kind, metadata: { tenant: 'a' } });
    expect(events.filter((event) => !isStart(event)).map(({ metadata }) => metadata?.['otel.status_code'])).toEqual([
      'ERROR',
      'OK',
      'OK',
    ]);
    expect(events.at(-1)?.data).toBe('answer 3');
  });

  test.runIf(setup.hasSpans)('spans nest as the events do', async () => {
    retry('retry', 2);
    await family.call('in', failing(1), { name: 'search' });
    const [attempt, call] = setup.finishedSpans();
    expect(attempt?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
    expect(attempt?.kind).toBe(call?.kind);
    expect(attempt?.attributes['gen_ai.operation.name']).toBe(call?.attributes['gen_ai.operation.name']);
  });

  test('each attempt starts with the input that it was given', async () => {
    const recorded = recordEvents();
    forThisTest(
      family.addExecution('fallback', async (_, next) => {
        await next().catch(() => undefined);
        return next('other');
      }),
    );
    expect(await family.call('in', (value) => failing(value === 'in' ? 1 : 0)())).toBe('answer 1');
    const inputs = (await recorded.all()).filter(isStart).map(({ data }) => JSON.stringify(data).includes('"other"'));
    expect(inputs).toEqual([false, true]);
  });

  test('inside an attempt the current scope is the attempt', async () => {
    const seen: unknown[] = [];
    retry('retry', 2);
    const fail = failing(1);
    await family.call('in', (_, call) => {
      seen.push([call.metadata?.['flow.attempt'] ?? 1, call.uuid]);
      return fail();
    });
    expect(seen).toEqual([
      [1, expect.any(String)],
      [2, expect.any(String)],
    ]);
    expect(new Set(seen.map((pair) => (pair as unknown[])[1])).size).toBe(2);
  });

  test('a retry inside of an attempt is beneath that attempt, and no two attempts have one number', async () => {
    const recorded = recordEvents();
    retry('outer', 2);
    retry('retries inside', 2);
    expect(await family.call('in', failing(3))).toBe('answer 4');
    const starts = (await recorded.all()).filter(isStart);
    expect(starts.map(attemptOf)).toEqual([1, 2, 3, 4]);
    const [call, inner, outer, innermost] = starts;
    expect(inner?.parent_uuid).toBe(call?.uuid);
    expect(outer?.parent_uuid).toBe(call?.uuid);
    expect(innermost?.parent_uuid).toBe(outer?.uuid);
  });

  test('attempts may run at the same time, and each of them ends once, also the one that nobody waited for', async () => {
    const recorded = recordEvents();
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()] as const;
    let calls = 0;
    let slow: Promise<unknown> | undefined;
    forThisTest(
      family.addExecution('hedge', (_, next) => {
        slow = next();
        return next();
      }),
    );
    const answer = family.call('in', () => gates[calls++]!.promise);
    gates[1].resolve('fast');
    expect(await answer).toBe('fast');
    gates[0].resolve('slow');
    expect(await slow).toBe('slow');
    const events = await recorded.all();
    expect(events.map((event) => [event.kind === 'scope' && event.scope_category, attemptOf(event)])).toEqual([
      ['start', 1],
      ['start', 2],
      ['end', 2],
      ['end', 1],
    ]);
    expect(events.filter((event) => !isStart(event)).map(({ data }) => data)).toEqual([ownResult('fast'), 'fast']);
  });

  test('an attempt whose result is thrown away is recorded all the same', async () => {
    const recorded = recordEvents();
    forThisTest(
      family.addExecution('twice', async (_, next) => {
        const first = await next();
        await next();
        return first;
      }),
    );
    expect(await family.call('in', failing(0))).toBe('answer 1');
    const ends = (await recorded.all()).filter((event) => !isStart(event));
    expect(ends.map((event) => [attemptOf(event), event.data])).toEqual([
      [2, ownResult('answer 2')],
      [1, 'answer 1'],
    ]);
  });

  test('guardrails and request intercepts are asked once per call, not once per attempt', async () => {
    let asked = 0;
    forThisTest(family.registrar(flow).addConditionalExecution('g', () => void asked++));
    forThisTest(family.registrar(flow).addRequestIntercept('r', () => void asked++));
    retry('retry', 3);
    await family.call('in', failing(2));
    expect(asked).toBe(2);
  });
});
