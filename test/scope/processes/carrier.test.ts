// SPDX-License-Identifier: Apache-2.0
import { context, createContextKey, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { type Captured, flow } from '../../../src/api/index.ts';
import { recordEvents } from '../../support/setups/record-events.ts';
import { keepSpans } from '../../support/setups/spans.ts';
import { eventTree, spanTree } from '../../support/setups/trees.ts';

const macrotask = (): Promise<unknown> => new Promise(setImmediate);

// One test on purpose: the globals of a process are registered once, and the story is what happens before, at and after that.
test('scopes nest across the registration of a context manager and of a provider inside an open scope', async () => {
  const events = recordEvents();
  const root = flow.scope.current();
  const registered = Promise.withResolvers<void>();
  let captured!: Captured;

  const beside = flow.scope.run('beside', async (beside) => {
    await registered.promise;
    expect(flow.scope.current()).toBe(beside);
    await flow.scope.run('in beside', () => macrotask());
    expect(flow.scope.current()).toBe(beside);
  });

  await flow.scope.run('outer', async (outer) => {
    await macrotask();
    expect(flow.scope.current()).toBe(outer);
    captured = flow.scope.capture();
    const early = flow.scope.push('early');

    expect(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())).toBe(true);
    registered.resolve();
    expect(flow.scope.current()).toBe(early);
    await macrotask();
    expect(flow.scope.current()).toBe(early);

    await flow.scope.run('first', async (first) => {
      await macrotask();
      expect(flow.scope.current()).toBe(first);
      const pushed = flow.scope.push('pushed');
      await flow.scope.isolate(async () => {
        const isolated = flow.scope.current();
        expect([root, outer, first, pushed]).not.toContain(isolated);
        await macrotask();
        expect(flow.scope.current()).toBe(isolated);
      });
      expect(flow.scope.current()).toBe(pushed);
      flow.scope.pop(pushed);
    });
    expect(flow.scope.current()).toBe(early);
    flow.scope.pop(early);
    expect(flow.scope.current()).toBe(outer);

    expect(trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [keepSpans()] }))).toBe(true);
    await flow.scope.run('second', async () => {
      await trace.getTracer('app').startActiveSpan('app span', async (span) => {
        await macrotask();
        await flow.scope.run('inner', () => macrotask());
        span.end();
      });
    });
    expect(flow.scope.current()).toBe(outer);
    const key = createContextKey('own');
    context.with(context.active().setValue(key, 'value'), () =>
      flow.scope.run('with a value', () => expect(context.active().getValue(key)).toBe('value')),
    );
  });
  await beside;
  expect(flow.scope.current()).toBe(root);
  captured.run(() => flow.scope.run('captured before', () => undefined));
  expect(flow.scope.current()).toBe(root);

  expect(eventTree(await events.all())).toEqual({
    beside: 'root',
    'in beside': 'beside',
    outer: 'root',
    early: 'outer',
    first: 'early',
    pushed: 'first',
    second: 'outer',
    inner: 'second',
    'with a value': 'outer',
    'captured before': 'outer',
  });
  // Scopes that were opened before there was a provider have no span, so what is beneath them starts traces.
  expect(spanTree()).toEqual({
    second: 'none',
    'app span': 'second',
    inner: 'app span',
    'with a value': 'none',
    'captured before': 'none',
  });
});
