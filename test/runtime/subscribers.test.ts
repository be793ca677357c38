// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import type { Registration } from '../../src/pipeline/registry.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import { MAX_QUEUED, MAX_QUEUED_SIZE } from '../../src/runtime/mailbox.ts';
import { runApp } from '../support/run.ts';
import { outline, type Recorder, repeated, startRecorder } from './recorder.ts';

const BLOCKED_MS = 10_000;

let recorder: Recorder;
let registrations: Registration[];
let hanging: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
beforeEach(() => {
  registrations = [];
  hanging = Promise.withResolvers();
  recorder = startRecorder();
});
afterEach(async () => {
  for (const registration of registrations) registration.remove();
  const { resolve } = hanging ?? {};
  hanging = undefined;
  resolve?.();
  await flow.flush();
  recorder.stop();
});

function subscribe(name: string, fn: (event: AtofEvent) => unknown): void {
  registrations.push(flow.addSubscriber(name, fn));
}

/** The milliseconds that a call takes from its start to its caller's continuation. */
async function delayOfCall(): Promise<number> {
  const start = performance.now();
  expect(await flow.tool.execute({ name: 't', args: 1 }, () => 'result')).toBe('result');
  return performance.now() - start;
}

describe('a subscriber', () => {
  it('gets each event once, in order of emission', async () => {
    const names: string[] = [];
    subscribe('one', ({ name }) => void names.push(name));
    for (let i = 0; i < 1000; i++) flow.scope.mark(`m${i}`);
    await flow.flush();
    expect(names).toEqual(Array.from({ length: 1000 }, (_, i) => `m${i}`));
  });

  it('is never called between the return of a call and its caller going on', async () => {
    let delivered = 0;
    subscribe('one', () => void delivered++);
    flow.scope.mark('m');
    await flow.tool.execute({ name: 't', args: 1 }, async () => 1);
    for (let i = 0; i < 100; i++) await Promise.resolve();
    expect(delivered).toBe(0);
    await macrotask();
    expect(delivered).toBe(3);
  });

  it('gets one event at a time: the next waits for the promise it returned', async () => {
    const steps: string[] = [];
    subscribe('async', async ({ name }) => {
      steps.push(`begin ${name}`);
      await macrotask();
      steps.push(`finish ${name}`);
    });
    flow.scope.mark('a');
    flow.scope.mark('b');
    await flow.flush();
    expect(steps).toEqual(['begin a', 'finish a', 'begin b', 'finish b']);
  });

  it('gets the fields of the ATOF line', async () => {
    const seen: AtofEvent[] = [];
    subscribe('one', (event) => void seen.push(event));
    flow.scope.run('s', { type: 'agent', input: { a: 1 } }, () => undefined);
    const [start] = await recorder.take();
    expect(seen[0]).toMatchObject(start as object);
    expect([seen[0]?.timestamp, seen[0]?.data]).toEqual([start?.timestamp, start?.data]);
  });

  it('cannot change what others get', async () => {
    subscribe('another', () => undefined);
    subscribe('a changer', (event) => {
      const changed = event as unknown as {
        data: { a: number };
        metadata: { deep: { a: number }; own?: string };
        name: string;
      };
      for (const change of [() => (changed.metadata.own = 'x'), () => (changed.metadata.deep.a = 2)])
        expect(change).toThrow(TypeError);
      changed.data.a = 2;
    });
    const scope = flow.scope.start('s', {
      input: { a: 1 },
      metadata: { deep: { a: 1 } },
      type: 'custom',
      subtype: 'c',
    });
    scope.mark('m', { data: { a: 1 }, metadata: { deep: { a: 1 } } });
    scope.end({ output: { a: 1 } });
    const events = await recorder.take();
    expect(recorder.diagnostics).toEqual([]);
    expect(events).toMatchObject(repeated(3, { data: { a: 1 }, metadata: { deep: { a: 1 } } }));
    expect(JSON.stringify(events)).not.toMatch(/"own"|its own/);
  });

  it('is called where nothing is observed: no event of its own, no span', async () => {
    const contexts: unknown[] = [];
    subscribe('curious', async () => {
      flow.scope.run('inside', () => flow.scope.mark('inside'));
      contexts.push(await flow.tool.execute({ name: 'inside', args: 1 }, () => trace.getActiveSpan()));
    });
    flow.scope.mark('m');
    await flow.flush();
    expect(outline(await recorder.take())).toEqual(['mark m']);
    expect(contexts).toEqual([undefined]);
  });

  it('that was removed still gets what was emitted before', async () => {
    const names: string[] = [];
    const registration = flow.addSubscriber('leaving', ({ name }) => void names.push(name));
    flow.scope.mark('before');
    expect([registration.remove(), registration.remove()]).toEqual([true, false]);
    flow.scope.mark('after');
    await flow.flush();
    expect(names).toEqual(['before']);
  });

  it('that belongs to a scope hears that scope and what is beneath it, and goes with it', async () => {
    const names: string[] = [];
    const outer = flow.scope.start('outer');
    outer.addSubscriber('local', ({ name }) => void names.push(name));
    outer.run(() => flow.scope.run('inner', () => flow.scope.mark('mark')));
    flow.scope.mark('elsewhere');
    outer.end();
    flow.scope.mark('afterwards');
    await flow.flush();
    expect(names).toEqual(['inner', 'mark', 'inner', 'outer']);
  });

  it('that takes batches gets all that is ready in one call, in order, and may take its time', async () => {
    const batches: string[][] = [];
    let written = Promise.withResolvers<void>();
    const write = (events: readonly AtofEvent[]): Promise<void> => {
      batches.push(events.map(({ name }) => name));
      return written.promise;
    };
    registrations.push(flow.addSubscriber('writer', Object.assign(write, { batch: true }) as never));
    const slow = Promise.withResolvers<object>();
    registrations.push(flow.event.addSanitizeMark('slow', (event) => (event.name === 'slow' ? slow.promise : event)));
    for (const name of ['a', 'b', 'slow', 'c']) flow.scope.mark(name);
    await macrotask();
    expect(batches).toEqual([['a', 'b']]);
    slow.resolve({ data: 1 });
    await macrotask();
    // One call at a time.
    expect(batches).toHaveLength(1);
    const first = written;
    written = Promise.withResolvers();
    written.resolve();
    first.resolve();
    await flow.flush();
    expect(batches).toEqual([
      ['a', 'b'],
      ['slow', 'c'],
    ]);
  });

  it('needs a name that is free, a function, and nothing else', () => {
    subscribe('taken', () => undefined);
    expect(() => flow.addSubscriber('taken', () => undefined)).toThrow(
      expect.objectContaining({ code: 'FLOW_NAME_TAKEN' }),
    );
    expect(() => flow.addSubscriber('', () => undefined)).toThrow(
      expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }),
    );
    expect(() => flow.addSubscriber('no function', 1 as never)).toThrow(
      expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }),
    );
    expect(() => flow.addSubscriber('no options', () => undefined, null as never)).toThrow(
      expect.objectContaining({
        code: 'FLOW_INVALID_ARGUMENT',
        message: expect.stringContaining('must be an object, not null') as string,
      }),
    );
  });
});

describe('a call is not disturbed or delayed by a subscriber that', () => {
  const fail = (): never => {
    throw new Error('mine');
  };
  // oxlint-disable-next-line unicorn/no-thenable -- the point of it
  const throwing = { then: fail };
  // oxlint-disable-next-line unicorn/no-thenable -- the point of it
  const unreadable: object = Object.defineProperty({}, 'then', { get: fail });

  it.each<[string, () => unknown]>([
    ['throws', fail],
    ['rejects', async () => fail()],
    ['returns a thenable that throws', () => throwing],
    ['returns an object that cannot be read', () => unreadable],
  ])('%s: others get every event, and each failure is reported', async (_, misbehave) => {
    subscribe('bad', misbehave);
    expect(await delayOfCall()).toBeLessThan(1000);
    expect(outline(await recorder.take())).toEqual(['start t', 'end t']);
    expect(recorder.diagnostics).toMatchObject([
      { source: 'subscriber', name: 'bad', error: { message: 'mine' } },
      { source: 'subscriber', name: 'bad', error: { message: 'mine' } },
    ]);
  });

  it('hangs: others get every event', async () => {
    subscribe('hanging', () => hanging?.promise);
    expect(await delayOfCall()).toBeLessThan(1000);
    expect(outline(await recorder.take(20))).toEqual(['start t', 'end t']);
    expect(recorder.diagnostics).toMatchObject([
      { name: 'hanging', error: { message: expect.stringContaining('still busy after 20 ms') } },
    ]);
  });

  it('hangs, until its queue is full: what comes then is lost and counted, and nobody else loses anything', async () => {
    const emitted = MAX_QUEUED + 51;
    let heard = 0;
    recorder.stop();
    const lost: Diagnostic[] = [];
    const undo = flow.onDiagnostic((diagnostic) => void lost.push(diagnostic));
    subscribe('hanging', () => hanging?.promise);
    subscribe('hearing', () => void heard++);
    flow.scope.mark('taken by the subscriber');
    await macrotask();
    for (let i = 1; i < emitted; i++) {
      flow.scope.mark('m');
      // The others' queues have the same limit.
      if (i % 10_000 === 0) await macrotask();
    }
    undo();
    await flow.flush(20);
    expect(heard).toBe(emitted);
    expect(lost).toHaveLength(emitted - 1 - MAX_QUEUED);
    expect(lost.at(-1)).toMatchObject({ name: 'hanging', count: (lost[0]?.count ?? 0) + lost.length - 1 });
  });

  it('hangs: what its queue holds is limited in size, too', async () => {
    recorder.stop();
    const lost: Diagnostic[] = [];
    const undo = flow.onDiagnostic((diagnostic) => void lost.push(diagnostic));
    subscribe('hanging', () => hanging?.promise);
    flow.scope.mark('taken by the subscriber');
    await macrotask();
    const data = 'x'.repeat(MAX_QUEUED_SIZE / 4);
    for (let i = 0; i < 5; i++) flow.scope.mark('large', { data });
    undo();
    await flow.flush(20);
    expect(lost.filter(({ error }) => String(error).includes('is full'))).toHaveLength(2);
  });

  it('blocks the thread for 10 s: the call has returned before that begins', async () => {
    const code = `
      import { flow } from '@flow/register/api';
      const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${BLOCKED_MS});
      flow.addSubscriber('blocking', ({ scope_category: half }) => void (half === 'start' && block()));
      const start = performance.now();
      await flow.tool.execute({ name: 't', args: 1 }, async () => 'result');
      console.log(performance.now() - start);
      await new Promise(setImmediate);
      console.log(performance.now() - start);
      process.exit();`;
    const { stdout, stderr } = await runApp({ code });
    const [call, blocked] = stdout.trim().split('\n').map(Number);
    expect(stderr).toBe('');
    expect(call).toBeLessThan(1000);
    expect(blocked).toBeGreaterThan(BLOCKED_MS);
  });
});

it('whoever heard the start of a call hears its marks and its end, and nobody else does', async () => {
  const names: string[] = [];
  const listen =
    (who: string) =>
    ({ name, scope_category: half = 'mark' }: AtofEvent & { readonly scope_category?: string }): void =>
      void names.push(`${who}: ${half} ${name}`);
  const leaving = flow.addSubscriber('leaving', listen('leaving'));
  await flow.tool.execute({ name: 't', args: 1 }, (_, call) => {
    leaving.remove();
    subscribe('late', listen('late'));
    call.mark('m');
    flow.scope.run('s', () => undefined);
  });
  await flow.flush();
  expect(names.filter((name) => name.startsWith('leaving'))).toEqual([
    'leaving: start t',
    'leaving: mark m',
    'leaving: end t',
  ]);
  expect(names.filter((name) => name.startsWith('late'))).toEqual(['late: start s', 'late: end s']);
});
