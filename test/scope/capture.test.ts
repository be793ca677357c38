// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { type Captured, type ScopeHandle, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

describe('capture', () => {
  test('brings back the scope in which it was taken, from anywhere', async () => {
    const events = recordEvents();
    let captured!: Captured;
    const ended = Promise.withResolvers<void>();
    const origin = flow.scope.run('origin', async (origin) => {
      captured = flow.scope.capture();
      await ended.promise;
      return origin;
    });
    flow.scope.run('elsewhere', () => captured.run(() => flow.scope.run('while open', () => undefined)));
    await captured.run(async () => {
      await Promise.resolve();
      flow.scope.run('later', () => undefined);
    });
    ended.resolve();
    const scope = await origin;
    captured.run(() => expect(flow.scope.current()).toBe(scope));
    expect(eventTree(await events.all())).toEqual({
      origin: 'root',
      elsewhere: 'root',
      'while open': 'origin',
      later: 'origin',
    });
  });

  test('is one branch, shared by its runs, and never the originating one', () => {
    flow.scope.run('origin', (origin) => {
      const captured = flow.scope.capture();
      const pushed = captured.run(() => flow.scope.push('pushed'));
      expect(flow.scope.current()).toBe(origin);
      const own = flow.scope.push('own');
      captured.run(() => {
        expect(flow.scope.current()).toBe(pushed);
        expect(() => flow.scope.pop(own)).toThrow(expect.objectContaining({ code: 'FLOW_SCOPE_NOT_TOP' }));
        flow.scope.pop(pushed);
        expect(flow.scope.current()).toBe(origin);
      });
      expect(flow.scope.current()).toBe(own);
      flow.scope.pop(own);
    });
  });

  test('takes the pushed scope that is current then, whatever is pushed or popped afterwards', () => {
    flow.scope.run('origin', () => {
      const first = flow.scope.push('first');
      const captured = flow.scope.capture();
      const second = flow.scope.push('second');
      captured.run(() => expect(flow.scope.current()).toBe(first));
      flow.scope.pop(second);
      flow.scope.pop(first);
    });
  });

  test('each capture is a branch of its own', () => {
    flow.scope.run('origin', (origin) => {
      const [one, other] = [flow.scope.capture(), flow.scope.capture()];
      const pushed = one.run(() => flow.scope.push('pushed'));
      other.run(() => expect(flow.scope.current()).toBe(origin));
      one.run(() => flow.scope.pop(pushed));
    });
  });

  test('takes the root of an isolate along, with its registrations', async () => {
    const seen: string[] = [];
    const captured = flow.scope.isolate(() => {
      flow.scope.current().tool.addConditionalExecution('isolated', ({ name }) => void seen.push(name));
      return flow.scope.capture();
    });
    await flow.tool.execute({ name: 'outside', args: {} }, () => undefined);
    await captured.run(() => flow.tool.execute({ name: 'inside', args: {} }, () => undefined));
    expect(seen).toEqual(['inside']);
  });

  test("leaves the application's own stores as they are where it runs", () => {
    const store = new AsyncLocalStorage<string>();
    const captured = store.run('there', () => flow.scope.run('origin', () => flow.scope.capture()));
    store.run('here', () => captured.run(() => expect(store.getStore()).toBe('here')));
  });

  test('gives a generator that is consumed elsewhere the scope of its making', async () => {
    const seen: (ScopeHandle | undefined)[] = [];
    async function* numbers(): AsyncGenerator<number> {
      seen.push(flow.scope.current());
      yield 1;
      await Promise.resolve();
      seen.push(flow.scope.current());
      yield 2;
    }
    const { origin, captured, generator } = flow.scope.run('origin', (origin) => ({
      origin,
      captured: flow.scope.capture(),
      generator: numbers(),
    }));
    await flow.scope.run('consumer', async () => {
      while ((await captured.run(() => generator.next())).done !== true);
    });
    expect(seen).toEqual([origin, origin]);
  });
});
