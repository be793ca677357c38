// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { type ScopeHandle, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

/** Opens a scope of that name, to see in the events where it was opened. */
const step = (name: string): void => flow.scope.run(name, () => undefined);
const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a scope that runs a generator function', () => {
  test('stays open until the generator is done, and each step runs inside of it', async () => {
    const events = recordEvents();
    const generator = flow.scope.run('agent', async function* agent(scope) {
      step('one');
      yield scope;
      await tick();
      step('two');
      yield flow.scope.current();
      step('three');
    });
    await flow.scope.run('user', async (user) => {
      const seen: ScopeHandle[] = [];
      for await (const scope of generator) {
        seen.push(scope);
        expect(scope.ended).toBe(false);
        expect(flow.scope.current()).toBe(user);
      }
      expect(seen).toHaveLength(2);
      expect(seen[0]).toBe(seen[1]);
      expect(seen[0]?.ended).toBe(true);
      step('after');
    });
    expect(eventTree(await events.all())).toEqual({
      agent: 'root',
      user: 'root',
      one: 'agent',
      two: 'agent',
      three: 'agent',
      after: 'user',
    });
  });

  test('works the same for one that is synchronous', async () => {
    const events = recordEvents();
    const generator = flow.scope.run('agent', function* agent(scope) {
      step('one');
      yield scope;
      step('two');
    });
    flow.scope.run('user', (user) => {
      for (const scope of generator) {
        expect(scope.ended).toBe(false);
        expect(flow.scope.current()).toBe(user);
      }
    });
    expect(eventTree(await events.all())).toEqual({ agent: 'root', user: 'root', one: 'agent', two: 'agent' });
    expect((await events.named('agent')).map((event) => event.metadata?.['otel.status_code'])).toEqual([
      undefined,
      'OK',
    ]);
  });

  test('hands over what is sent into it, and what it returns', async () => {
    const generator = flow.scope.run('agent', async function* agent(): AsyncGenerator<number, string, number> {
      const got = yield 1;
      return `got ${got}`;
    });
    expect(await generator.next()).toEqual({ done: false, value: 1 });
    expect(await generator.next(2)).toEqual({ done: true, value: 'got 2' });
    expect(await generator.next()).toEqual({ done: true, value: undefined });
  });

  test('ends with the error that the generator throws', async () => {
    const events = recordEvents();
    const error = new TypeError('broken');
    const generator = flow.scope.run('agent', async function* agent() {
      yield 1;
      throw error;
    });
    const read = async (): Promise<void> => {
      for await (const _ of generator) step('read');
    };
    await expect(read()).rejects.toBe(error);
    const [, end] = await events.named('agent');
    expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'exception.type': 'TypeError' });
  });

  test('ends as cancelled when its consumer leaves, and what it cleans up is still done inside of it', async () => {
    const events = recordEvents();
    const generator = flow.scope.run('agent', async function* agent() {
      try {
        yield 1;
        yield 2;
      } finally {
        await tick();
        step('clean up');
      }
    });
    for await (const _ of generator) break;
    const tree = eventTree(await events.all());
    expect(tree).toEqual({ agent: 'root', 'clean up': 'agent' });
    const [, end] = await events.named('agent');
    expect(end?.metadata).toMatchObject({ cancelled: true });
  });

  test('ends when nobody holds the generator any more', async () => {
    const events = recordEvents();
    // As applications write it: what the function closes over leads to the generator.
    const start = async (): Promise<void> => {
      let kept: AsyncGenerator<number> | undefined;
      kept = flow.scope.run('agent', async function* agent() {
        yield kept === undefined ? 0 : 1;
      });
      await kept.next();
    };
    await start();
    await expect
      .poll(
        async () => {
          globalThis.gc?.();
          return (await events.named('agent')).length;
        },
        { timeout: 10_000 },
      )
      .toBe(2);
    const [, end] = await events.named('agent');
    expect(end?.metadata).toMatchObject({ cancelled: true });
  });

  test('gives each of two that run side by side its own', async () => {
    const events = recordEvents();
    const agent = (name: string): AsyncGenerator<number> =>
      flow.scope.run(name, async function* agent() {
        for (let turn = 1; turn <= 2; turn++) {
          await tick();
          step(`${name} ${turn}`);
          yield turn;
        }
      });
    const generators = [agent('a'), agent('b')];
    for (let turn = 0; turn < 3; turn++) await Promise.all(generators.map((generator) => generator.next()));
    expect(eventTree(await events.all())).toEqual({
      a: 'root',
      b: 'root',
      'a 1': 'a',
      'a 2': 'a',
      'b 1': 'b',
      'b 2': 'b',
    });
  });

  test('nests: a generator that reads another one', async () => {
    const events = recordEvents();
    const inner = (): AsyncGenerator<number> =>
      flow.scope.run('inner', async function* inner() {
        step('in inner');
        yield 1;
      });
    const outer = flow.scope.run('outer', async function* outer() {
      yield* inner();
      step('in outer');
    });
    for await (const _ of outer) expect(flow.scope.current().name).toBe('root');
    expect(eventTree(await events.all())).toEqual({
      outer: 'root',
      inner: 'outer',
      'in inner': 'inner',
      'in outer': 'outer',
    });
  });
});

test('a generator without a scope of its own runs where each step is asked for', async () => {
  const events = recordEvents();
  const generator = flow.scope.run('maker', () => ({
    steps: (async function* steps() {
      step('one');
      yield 1;
      step('two');
    })(),
  }));
  await flow.scope.run('first user', () => generator.steps.next());
  await flow.scope.run('second user', () => generator.steps.next());
  expect(eventTree(await events.all())).toEqual({
    maker: 'root',
    'first user': 'root',
    one: 'first user',
    'second user': 'root',
    two: 'second user',
  });
});
