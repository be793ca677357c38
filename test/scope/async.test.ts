// SPDX-License-Identifier: Apache-2.0
import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type ScopeHandle, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

describe('a scope goes along with', () => {
  const schedule: readonly (readonly [string, (fn: () => void) => unknown])[] = [
    ['setTimeout', (fn) => setTimeout(fn, 1)],
    ['setImmediate', (fn) => setImmediate(fn)],
    ['process.nextTick', (fn) => process.nextTick(fn)],
    ['queueMicrotask', (fn) => queueMicrotask(fn)],
    ['a promise', (fn) => Promise.resolve().then(fn)],
    ['a promise of outside', (fn) => outside.then(fn)],
    ['a dynamic import', (fn) => import('node:path').then(fn)],
  ];
  const outside = Promise.resolve();

  test.each(schedule)('%s, also after the run has returned', async (_, later) => {
    const events = recordEvents();
    const { promise, resolve } = Promise.withResolvers<ScopeHandle>();
    const scope = flow.scope.run('scope', (scope) => {
      later(() => {
        flow.scope.run('later', () => undefined);
        resolve(flow.scope.current());
      });
      return scope;
    });
    expect(await promise).toBe(scope);
    expect(scope.ended).toBe(true);
    expect(eventTree(await events.all())).toEqual({ scope: 'root', later: 'scope' });
  });

  test('setInterval, each time', async () => {
    const seen = new Set<ScopeHandle>();
    let ticks = 0;
    const scope = await flow.scope.run('scope', async (scope) => {
      await new Promise<void>((resolve) => {
        const interval = setInterval(() => {
          seen.add(flow.scope.current());
          if (++ticks < 3) return;
          clearInterval(interval);
          resolve();
        }, 1);
      });
      return scope;
    });
    expect([...seen]).toEqual([scope]);
  });

  test('an async generator that is consumed inside it, before and after each yield', async () => {
    async function* numbers(): AsyncGenerator<ScopeHandle> {
      for (let count = 0; count < 3; count++) {
        await new Promise(setImmediate);
        yield flow.scope.current();
      }
    }
    await flow.scope.run('scope', async (scope) => {
      const generator = numbers();
      for await (const seen of generator) {
        expect(seen).toBe(scope);
        expect(flow.scope.current()).toBe(scope);
      }
    });
  });

  test('a scope that is opened inside a generator, not with its consumer', async () => {
    async function* agent(): AsyncGenerator<ScopeHandle> {
      const inner = flow.scope.start('inner');
      yield inner.run(() => flow.scope.current());
      await Promise.resolve();
      yield inner.run(() => flow.scope.current());
      inner.end();
    }
    await flow.scope.run('scope', async (scope) => {
      for await (const seen of agent()) {
        expect(seen.name).toBe('inner');
        expect(flow.scope.current()).toBe(scope);
      }
    });
  });

  test('the emitter of an event, as Node has it: listeners run where `emit` was called', async () => {
    const emitter = new EventEmitter();
    const heard = once(emitter, 'event').then(([scope]) => scope as ScopeHandle);
    emitter.on('event', () => flow.scope.mark('heard'));
    const events = recordEvents();
    const scope = flow.scope.run('scope', (scope) => {
      emitter.emit('event', flow.scope.current());
      return scope;
    });
    expect(await heard).toBe(scope);
    expect(eventTree(await events.all())).toEqual({ scope: 'root', heard: 'scope' });
  });

  test('parallel branches, each with its own', async () => {
    const events = recordEvents();
    const step = (name: string): Promise<void> =>
      flow.scope.run(name, async () => {
        await new Promise(setImmediate);
        await flow.scope.run(`in ${name}`, () => new Promise(setImmediate));
      });
    await flow.scope.run('all', () => Promise.all([step('a'), step('b'), step('c')]));
    expect(eventTree(await events.all())).toEqual({
      all: 'root',
      a: 'all',
      b: 'all',
      c: 'all',
      'in a': 'a',
      'in b': 'b',
      'in c': 'c',
    });
  });
});

test('an isolate, a run and a capture leave nothing behind where they were called', async () => {
  const before = flow.scope.current();
  const work = [
    flow.scope.isolate(() => Promise.resolve()),
    flow.scope.run('run', () => Promise.resolve()),
    flow.scope.capture().run(() => Promise.resolve()),
    flow.tool.execute({ name: 'tool', args: {} }, () => Promise.resolve()),
  ];
  expect(flow.scope.current()).toBe(before);
  await Promise.all(work);
  expect(flow.scope.current()).toBe(before);
});
