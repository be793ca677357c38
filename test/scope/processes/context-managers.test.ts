// SPDX-License-Identifier: Apache-2.0
import { type Context, type ContextManager, ROOT_CONTEXT, context } from '@opentelemetry/api';
import { beforeAll, expect, test } from 'vitest';
import { flow } from '../../../src/api/index.ts';
import { recordEvents } from '../../support/setups/record-events.ts';
import { eventTree } from '../../support/setups/trees.ts';

/** Keeps contexts in a variable: they hold for synchronous code, and async local storage knows nothing of them. */
function createStackManager(): ContextManager {
  let current: Context = ROOT_CONTEXT;
  const manager: ContextManager = {
    active: () => current,
    with(next, fn, thisArg, ...args) {
      const before = current;
      current = next;
      try {
        return fn.call(thisArg as never, ...args);
      } finally {
        current = before;
      }
    },
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

beforeAll(() => void context.setGlobalContextManager(createStackManager()));

const step = (name: string): void => flow.scope.run(name, () => undefined);

test('a generator runs each step in its scope also where contexts are not kept in async local storage', async () => {
  const events = recordEvents();
  const generator = flow.scope.run('agent', function* agent() {
    step('one');
    yield flow.scope.current().name;
    step('two');
    yield flow.scope.current().name;
  });
  flow.scope.run('user', () => {
    expect([...generator]).toEqual(['agent', 'agent']);
    step('after');
  });
  expect(eventTree(await events.all())).toEqual({
    agent: 'root',
    user: 'root',
    one: 'agent',
    two: 'agent',
    after: 'user',
  });
});

test('a stream makes its chunks inside of its call there, too', async () => {
  const events = recordEvents();
  const numbers = {
    async *[Symbol.asyncIterator]() {
      step('in the stream');
      yield 1;
    },
  };
  const chunks = await flow.llm.stream({ name: 'call', request: { content: {} } }, () => numbers);
  const seen: number[] = [];
  for await (const chunk of chunks) seen.push(chunk);
  expect(seen).toEqual([1]);
  expect(eventTree(await events.all())).toEqual({ call: 'root', 'in the stream': 'call' });
});
