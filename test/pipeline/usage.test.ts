// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AtofEvent, Registration } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { chargedIn, chargedOnSpans, ownUsage, provider } from './provider.ts';

beforeEach(() => setup.forgetSpans());

const endsOf = (events: readonly AtofEvent[]): readonly AtofEvent[] =>
  events.filter((event) => event.kind === 'scope' && event.scope_category === 'end');

describe.each([
  ['buffered calls', false],
  ['streams', true],
])('usage of %s', (_, streaming) => {
  test('a call that nobody intercepts has the usage of its response, and says no more about it', async () => {
    const recorded = recordEvents();
    const { ask, bill } = provider(streaming);
    await ask();
    const [end] = endsOf(await recorded.all());
    expect(end?.metadata).not.toHaveProperty('flow.usage');
    expect(ownUsage(end!)).toMatchObject({ input_tokens: bill.input, output_tokens: bill.output });
  });

  test('the usage of a response that an intercept passes on untouched is that of its inference', async () => {
    const recorded = recordEvents();
    const { ask, intercept, bill } = provider(streaming);
    intercept('observes', (next) => next());
    await ask();
    const events = await recorded.all();
    expect(chargedIn(events)).toMatchObject({ input: bill.input });
  });

  test('a replaced response leaves the usage of the inference that was made', async () => {
    const recorded = recordEvents();
    const { ask, intercept, bill } = provider(streaming);
    intercept('replaces', async (next) => `[${await next()}]`);
    expect(await ask()).toBe('[answer 1]');
    const events = await recorded.all();
    expect(endsOf(events)[0]?.metadata?.['flow.usage']).toMatchObject({
      input_tokens: bill.input,
      output_tokens: bill.output,
    });
    expect(chargedOnSpans(events)).toEqual({ input: bill.input, output: bill.output });
  });

  test('a call that was answered without an inference has none', async () => {
    const recorded = recordEvents();
    const { ask, intercept } = provider(streaming);
    intercept('cache', async () => 'cached');
    expect(await ask()).toBe('cached');
    const [end] = endsOf(await recorded.all());
    expect(end?.metadata?.['flow.usage']).toBeNull();
  });

  test('a call that an intercept failed without an inference has none', async () => {
    const recorded = recordEvents();
    const { ask, intercept } = provider(streaming);
    intercept('fails', () => Promise.reject(new Error('no')));
    await expect(ask()).rejects.toThrow('no');
    const [end] = endsOf(await recorded.all());
    expect(end?.metadata?.['flow.usage']).toBeNull();
  });

  test('an inference that failed has unknown usage, also when a later attempt answered', async () => {
    const recorded = recordEvents();
    const { ask, intercept, fails, bill } = provider(streaming);
    fails.push(true);
    intercept('retry', (next) => next().catch(next));
    expect(await ask()).toBe('answer 2');
    const [attempt, call] = endsOf(await recorded.all());
    expect(ownUsage(attempt!)).toMatchObject({ input_tokens: bill.input });
    expect(call?.metadata?.['flow.usage']).toEqual({});
  });

  test('an inference that is still going on when the call ends has unknown usage', async () => {
    const recorded = recordEvents();
    const { ask, intercept } = provider(streaming);
    const slow = Promise.withResolvers<void>();
    let lost: Promise<unknown> | undefined;
    let first = true;
    intercept('hedge', (next) => ((lost = next()), next()));
    intercept('slow', async (next) => {
      const answer = next();
      if (first) {
        first = false;
        await slow.promise;
      }
      return answer;
    });
    await ask();
    slow.resolve();
    await lost;
    const ends = endsOf(await recorded.all());
    expect(ends.map(({ metadata }) => metadata?.['flow.attempt'])).toEqual([2, undefined]);
    expect(ends[1]?.metadata?.['flow.usage']).not.toBeNull();
  });

  const plan = fc.array(
    fc.record({
      attempts: fc.integer({ min: 0, max: 3 }),
      concurrently: fc.boolean(),
      answer: fc.constantFrom('first', 'last', 'own', 'error'),
    }),
    { minLength: 1, maxLength: 3 },
  );

  test('the sum over all model calls and spans is the bill, whatever intercepts do', async () => {
    await fc.assert(
      fc.asyncProperty(plan, fc.array(fc.boolean(), { maxLength: 6 }), async (layers, fails) => {
        setup.forgetSpans();
        const registered: Registration[] = [];
        const recorded = recordEvents();
        const { ask, intercept, bill, fails: failing } = provider(streaming, (each) => registered.push(each));
        failing.push(...fails);
        for (const [place, { attempts, concurrently, answer }] of layers.entries())
          intercept(`layer ${place}`, async (next) => {
            const settled: PromiseSettledResult<string>[] = [];
            if (concurrently)
              settled.push(...(await Promise.allSettled(Array.from({ length: attempts }, () => next()))));
            else for (let i = 0; i < attempts; i++) settled.push(...(await Promise.allSettled([next()])));
            const answers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
            if (answer === 'error') throw new Error('no answer');
            return (answer === 'own' ? undefined : answer === 'first' ? answers[0] : answers.at(-1)) ?? 'own';
          });
        await ask().catch(() => undefined);
        for (const each of registered) each.remove();
        const events = await recorded.all();
        expect(chargedIn(events)).toEqual({ input: bill.input, output: bill.output });
        expect(chargedOnSpans(events)).toEqual({ input: bill.input, output: bill.output });
        const made = endsOf(events).filter(({ metadata }) => metadata?.['flow.usage'] !== null);
        expect(made.length).toBe(bill.inferences);
      }),
      { numRuns: 60 },
    );
  });
});
