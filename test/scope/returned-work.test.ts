// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

/** Opens a scope of that name, to see in the events where it was opened. */
const step = (name: string): void => flow.scope.run(name, () => undefined);
async function* work(): AsyncGenerator<number> {
  step('first step');
  yield 1;
  await Promise.resolve();
  step('second step');
  yield 2;
}

describe('what a run returns and somebody else consumes runs where it was made', () => {
  const consume = async (source: AsyncIterable<unknown>): Promise<void> =>
    flow.scope.run('consumer', async () => {
      for await (const _ of source) step('consumed');
    });

  test.each<[string, () => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>]>([
    ['an async generator', () => flow.scope.run('maker', () => work())],
    ['a promise of one', () => flow.scope.run('maker', async () => work())],
    ['a Node stream', () => flow.scope.run('maker', () => Readable.from(work()))],
    ['a promise of a Node stream', () => flow.scope.run('maker', async () => Readable.from(work()))],
  ])('%s', async (_, make) => {
    const events = recordEvents();
    await consume(await make());
    expect(eventTree(await events.all())).toMatchObject({
      maker: 'root',
      consumer: 'root',
      'first step': 'maker',
      'second step': 'maker',
      consumed: 'consumer',
    });
  });

  test('a scope is open until the generator that its promise brought is done', async () => {
    let scope: { readonly ended: boolean } | undefined;
    const source = await flow.scope.run('maker', async (maker) => {
      scope = maker;
      return work();
    });
    expect(scope?.ended).toBe(false);
    await consume(source);
    expect(scope?.ended).toBe(true);
  });
});

test('a generator that steps itself is told so by the language, and its scope goes on', async () => {
  const events = recordEvents();
  let own: Generator<number> | undefined;
  own = flow.scope.run('maker', function* () {
    expect(() => own?.next()).toThrow(TypeError);
    yield 1;
    step('later');
  });
  expect([...own]).toEqual([1]);
  const [end] = (await events.named('maker')).slice(-1);
  expect(end).toMatchObject({ scope_category: 'end', metadata: { 'otel.status_code': 'OK' } });
  expect(eventTree(await events.all())).toMatchObject({ later: 'maker' });
});
