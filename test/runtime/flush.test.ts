// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import type { Registration } from '../../src/pipeline/registry.ts';
import type { ScopeRecord } from '../../src/runtime/sinks.ts';
import { outline, type Recorder, startRecorder } from './recorder.ts';

const { addBarrier, addSink } = getRuntime().internals;

let recorder: Recorder;
let undo: (() => unknown)[];
beforeEach(() => {
  undo = [];
  recorder = startRecorder();
});
afterEach(() => {
  for (const each of undo) each();
  recorder.stop();
});

const keep = ({ remove }: Registration): unknown => undo.push(remove);
const refused = expect.objectContaining({ code: 'FLOW_REENTRANT_FLUSH' });

describe('flush', () => {
  it('resolves when every event emitted before it has been delivered', async () => {
    const names: string[] = [];
    keep(
      flow.addSubscriber('slow', async ({ name }) => {
        await macrotask();
        names.push(name);
      }),
    );
    for (const name of ['a', 'b', 'c']) flow.scope.mark(name);
    await flow.flush();
    expect(names).toEqual(['a', 'b', 'c']);
  });

  it('does not wait for events that come while it waits, or it would never end', async () => {
    let delivered = 0;
    keep(
      flow.addSubscriber('slow', async () => {
        await macrotask();
        delivered++;
      }),
    );
    let emitting = true;
    const emit = (): void => {
      if (!emitting) return;
      flow.scope.mark('another');
      flow.scope.mark('and another');
      setImmediate(emit);
    };
    emit();
    await flow.flush();
    expect(delivered).toBeGreaterThanOrEqual(2);
    emitting = false;
    expect(recorder.diagnostics).toEqual([]);
    await flow.flush();
  });

  it('waits for sanitizers, also when nobody but a processor takes events', async () => {
    recorder.stop();
    const records: ScopeRecord[] = [];
    undo.push(addSink((record) => void records.push(record)));
    keep(flow.event.addSanitizeScopeEnd('slow', async (event) => macrotask(event)));
    flow.scope.run('s', { data: 1 }, () => undefined);
    expect(records).toEqual([]);
    await flow.flush();
    expect(records.map(({ events }) => events.map(({ data }) => data))).toEqual([[null, 1]]);
  });

  it('waits for writers, after they have got everything', async () => {
    const steps: string[] = [];
    keep(flow.addSubscriber('first', () => void steps.push('event')));
    undo.push(
      addBarrier(async () => {
        await macrotask();
        steps.push('written');
      }),
    );
    flow.scope.mark('m');
    await flow.flush();
    expect(steps).toEqual(['event', 'written']);
  });

  it('gives up on whoever takes longer than its timeout, and says who', async () => {
    const hanging = Promise.withResolvers<void>();
    keep(flow.addSubscriber('hanging', () => hanging.promise));
    undo.push(addBarrier(() => hanging.promise));
    flow.scope.mark('m');
    await flow.flush(10);
    expect(recorder.diagnostics).toMatchObject([
      {
        source: 'subscriber',
        name: 'hanging',
        error: { message: 'still busy after 10 ms; flush() went on without it' },
      },
      { source: 'flush', error: { message: 'still busy after 10 ms; flush() went on without it' } },
    ]);
    hanging.resolve();
  });

  it('does not fail when a writer does', async () => {
    undo.push(addBarrier(() => Promise.reject(new Error('disk'))));
    await flow.flush();
    expect(recorder.diagnostics).toMatchObject([{ source: 'flush', error: { message: 'disk' } }]);
  });

  it('resolves at once when there is nothing to wait for', async () => {
    await expect(flow.flush()).resolves.toBeUndefined();
  });
});

it.each([[-1], [Number.NaN], ['1000'], [null]])('flush is refused with a timeout of %o', async (timeout) => {
  await expect(flow.flush(timeout as never)).rejects.toMatchObject({ code: 'FLOW_INVALID_ARGUMENT' });
});

describe('flush is refused inside of what it would wait for:', () => {
  /** Registers a callback that flushes, and gives what the flush came to. */
  const flushIn = async (register: (flushing: () => Promise<undefined>) => Registration): Promise<unknown> => {
    const outcome = Promise.withResolvers<unknown>();
    keep(
      register(async () => {
        await macrotask();
        await flow.flush().then(outcome.resolve, outcome.resolve);
        return undefined;
      }),
    );
    await flow.tool.execute({ name: 't', args: 1 }, () => 1);
    return outcome.promise;
  };

  it.each<[string, (flushing: () => Promise<undefined>) => Registration]>([
    ['a subscriber', (fn) => flow.addSubscriber('re-entrant', fn)],
    ['a guardrail', (fn) => flow.tool.addConditionalExecution('re-entrant', fn)],
    ['a request intercept', (fn) => flow.tool.addRequestIntercept('re-entrant', fn)],
    [
      'an execution intercept',
      (fn) => flow.tool.addExecutionIntercept('re-entrant', (_, next) => fn().then(() => next())),
    ],
    ['a sanitizer', (fn) => flow.tool.addSanitizeRequest('re-entrant', fn)],
    ['an event sanitizer', (fn) => flow.event.addSanitizeScopeStart('re-entrant', async () => (await fn()) ?? {})],
    ['a metadata injector', (fn) => flow.event.addMetadata('re-entrant', fn)],
  ])('%s', async (_, register) => {
    expect(await flushIn(register)).toEqual(refused);
  });

  it('but not inside of a scope, of a tool, or behind an intercept', async () => {
    keep(flow.tool.addExecutionIntercept('around', (_, next) => next()));
    await flow.scope.run('s', async () => {
      await flow.flush();
      await flow.tool.execute({ name: 't', args: 1 }, () => flow.flush());
    });
    expect(outline(await recorder.take())).toEqual(['start s', 'start t', 'end t', 'end s']);
  });
});

describe('flushSync', () => {
  it('delivers what is ready before it returns', () => {
    const names: string[] = [];
    keep(flow.addSubscriber('sync', ({ name }) => void names.push(name)));
    flow.scope.mark('m');
    flow.flushSync();
    expect(names).toEqual(['m']);
  });

  it('clears the fields of events whose sanitizers still run, and lets them go in their order', async () => {
    const seen: AtofEvent[] = [];
    keep(flow.addSubscriber('sync', (event) => void seen.push(event)));
    keep(
      flow.event.addSanitizeMark('never', ({ name }) => (name === 'slow' ? new Promise(() => undefined) : { data: 1 })),
    );
    flow.scope.mark('slow', { data: 'secret', metadata: { secret: true } });
    flow.scope.mark('fast', { data: 'secret' });
    flow.flushSync();
    expect(seen.map(({ name, data }) => [name, data])).toEqual([
      ['slow', null],
      ['fast', 1],
    ]);
    expect(JSON.stringify(await recorder.take())).not.toContain('secret');
    expect(recorder.diagnostics).toMatchObject([{ source: 'sanitizer', name: 'slow' }]);
  });

  it('does not wait for a subscriber that hangs: it gets the rest all the same', async () => {
    const names: string[] = [];
    const hanging = Promise.withResolvers<void>();
    keep(
      flow.addSubscriber('hanging', ({ name }) => {
        names.push(name);
        return hanging.promise;
      }),
    );
    for (const name of ['a', 'b', 'c']) flow.scope.mark(name);
    flow.flushSync();
    expect(names).toEqual(['a', 'b', 'c']);
    hanging.resolve();
    await flow.flush();
    expect(recorder.diagnostics).toEqual([]);
  });
});

it('events that a subscriber has taken are not kept while others are still queued', async () => {
  recorder.stop();
  const taken: WeakRef<object>[] = [];
  const hanging = Promise.withResolvers<void>();
  keep(
    flow.addSubscriber('almost', (event) => {
      taken.push(new WeakRef(event));
      return taken.length === 900 ? hanging.promise : undefined;
    }),
  );
  for (let i = 0; i < 1000; i++) flow.scope.mark('m', { data: i });
  await macrotask();
  await macrotask();
  globalThis.gc?.();
  expect(taken.filter((event) => event.deref() !== undefined).length).toBeLessThan(100);
  hanging.resolve();
  await flow.flush();
});
