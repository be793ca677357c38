// SPDX-License-Identifier: Apache-2.0
import { EventEmitter, on } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

/** Opens a scope of that name, to see in the events where it was opened. */
const step = (name: string): void => flow.scope.run(name, () => undefined);
const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('what is started in one scope and consumed in another belongs where it was started:', () => {
  test('a promise chain', async () => {
    const events = recordEvents();
    const gate = Promise.withResolvers<void>();
    const work = flow.scope.run('maker', () => ({
      promise: gate.promise.then(() => step('first')).then(() => step('second')),
    }));
    await flow.scope.run('user', async () => {
      gate.resolve();
      await work.promise;
      step('after');
    });
    expect(eventTree(await events.all())).toEqual({
      maker: 'root',
      first: 'maker',
      second: 'maker',
      user: 'root',
      after: 'user',
    });
  });

  test('what an async function does between two waits', async () => {
    const events = recordEvents();
    const go = Promise.withResolvers<void>();
    const started = flow.scope.start('maker');
    const work = started.run(async () => {
      await go.promise;
      step('one');
      await tick();
      step('two');
    });
    await flow.scope.run('user', () => {
      go.resolve();
      return work;
    });
    started.end();
    expect(eventTree(await events.all())).toEqual({ maker: 'root', user: 'root', one: 'maker', two: 'maker' });
  });

  test.each<readonly [string, (fn: () => void) => unknown]>([
    ['setTimeout', (fn) => setTimeout(fn, 1)],
    ['setImmediate', (fn) => setImmediate(fn)],
    ['process.nextTick', (fn) => process.nextTick(fn)],
    ['queueMicrotask', (fn) => queueMicrotask(fn)],
  ])('a callback given to %s', async (_, later) => {
    const events = recordEvents();
    const done = flow.scope.run('maker', () => ({
      promise: new Promise<void>((resolve) => {
        later(() => {
          step('later');
          resolve();
        });
      }),
    }));
    await flow.scope.run('user', () => done.promise);
    expect(eventTree(await events.all())).toEqual({ maker: 'root', user: 'root', later: 'maker' });
  });

  test('a timer that is started in one scope and refreshed or cleared in another', async () => {
    const events = recordEvents();
    const fired = Promise.withResolvers<void>();
    const timer = flow.scope.run('maker', () =>
      setTimeout(() => {
        step('fired');
        fired.resolve();
      }, 1),
    );
    const interval = flow.scope.run('other maker', () => setInterval(() => step('never'), 100_000));
    await flow.scope.run('user', () => {
      timer.refresh();
      clearInterval(interval);
      return fired.promise;
    });
    expect(eventTree(await events.all())).toEqual({
      maker: 'root',
      'other maker': 'root',
      user: 'root',
      fired: 'maker',
    });
  });
});

describe('where Node has a rule of its own, Flow follows it:', () => {
  test('a listener runs where emit was called, one that is bound where it was bound', async () => {
    const events = recordEvents();
    const emitter = new EventEmitter();
    flow.scope.run('maker', () => {
      emitter.on('event', () => step('plain'));
      const here = flow.scope.capture();
      emitter.on('event', () => here.run(() => step('bound')));
    });
    flow.scope.run('user', () => emitter.emit('event'));
    expect(eventTree(await events.all())).toEqual({ maker: 'root', user: 'root', plain: 'user', bound: 'maker' });
  });

  test('events.on wakes its reader, who stays where it reads', async () => {
    const events = recordEvents();
    const emitter = new EventEmitter();
    const reading = flow.scope.run('reader', async () => {
      for await (const [value] of on(emitter, 'event')) {
        step(`read ${String(value)}`);
        if (value === 2) break;
      }
    });
    flow.scope.run('emitter', () => {
      emitter.emit('event', 1);
      emitter.emit('event', 2);
    });
    await reading;
    expect(eventTree(await events.all())).toEqual({
      reader: 'root',
      emitter: 'root',
      'read 1': 'reader',
      'read 2': 'reader',
    });
  });

  test('a message is received where its channel was made', async () => {
    const events = recordEvents();
    const { port1, port2 } = flow.scope.run('maker', () => new MessageChannel());
    const received = flow.scope.run('listener', () => ({
      message: new Promise<void>((resolve) => {
        port2.once('message', () => {
          step('received');
          resolve();
        });
      }),
    }));
    flow.scope.run('sender', () => port1.postMessage('hello'));
    await received.message;
    port1.close();
    expect(eventTree(await events.all())).toEqual({
      maker: 'root',
      listener: 'root',
      sender: 'root',
      received: 'maker',
    });
  });
});

test('a pool of workers in the same thread: a job belongs to whoever asked for it, when it is captured', async () => {
  const events = recordEvents();
  const jobs: (() => void)[] = [];
  const worker = flow.scope.run('pool', async () => {
    await tick();
    for (const job of jobs.splice(0)) job();
  });
  const submit = (name: string, captured: boolean): void => {
    const here = flow.scope.capture();
    jobs.push(captured ? () => here.run(() => step(name)) : () => step(name));
  };
  flow.scope.run('client', () => {
    submit('captured job', true);
    submit('plain job', false);
  });
  await worker;
  expect(eventTree(await events.all())).toEqual({
    pool: 'root',
    client: 'root',
    'captured job': 'client',
    'plain job': 'pool',
  });
});

test('headers that are written where nothing is observed name a scope that is', async () => {
  const written = Promise.withResolvers<{ readonly unseen: string; readonly baggage: string }>();
  const subscriber = flow.addSubscriber('writer', () => {
    flow.scope.run('unseen', ({ uuid }) => {
      const headers: Record<string, string> = flow.scope.inject({});
      written.resolve({ unseen: uuid, baggage: headers['baggage'] ?? '' });
    });
  });
  step('scope');
  const { unseen, baggage } = await written.promise;
  subscriber.remove();
  expect(baggage).toContain('flow.parent_uuid=');
  expect(baggage).not.toContain(unseen);
});
