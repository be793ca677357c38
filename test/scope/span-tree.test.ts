// SPDX-License-Identifier: Apache-2.0
import { type Span, trace } from '@opentelemetry/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { setup } from '../support/setups/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { type Tree, eventTree, spanTree } from '../support/setups/trees.ts';

beforeEach(setup.forgetSpans);

/** A span of the application's own around the function. */
function appSpan<Result>(name: string, fn: () => Result): Result {
  return trace.getTracer('app').startActiveSpan(name, (span) => {
    try {
      return fn();
    } finally {
      span.end();
    }
  });
}

/** Both trees of what the function did; the spans are compared only where there are any. */
async function expectTrees(fn: () => unknown, expected: { events: Tree; spans: Tree }): Promise<void> {
  const events = recordEvents();
  await fn();
  expect(eventTree(await events.all())).toEqual(expected.events);
  expect(spanTree()).toEqual(setup.hasSpans ? expected.spans : {});
}

const activeSpan = (): Span | undefined => trace.getActiveSpan();

describe('a scope is a span', () => {
  test('whose parent is the enclosing scope', () =>
    expectTrees(() => flow.scope.run('a', () => flow.scope.run('b', () => flow.scope.run('c', () => undefined))), {
      events: { a: 'root', b: 'a', c: 'b' },
      spans: { a: 'none', b: 'a', c: 'b' },
    }));

  test("and an application's own span between two scopes stays between them", () =>
    expectTrees(
      () => appSpan('x', () => flow.scope.run('a', () => appSpan('y', () => flow.scope.run('b', () => undefined)))),
      { events: { a: 'root', b: 'a' }, spans: { x: 'none', a: 'x', y: 'a', b: 'y' } },
    ));

  test('that is active in a run, and in the run of a started scope, but not where it was started or pushed', () => {
    const before = activeSpan();
    flow.scope.run('a', (a) => {
      const active = activeSpan();
      const pushed = flow.scope.push('p');
      const started = flow.scope.start('s');
      expect(activeSpan()).toBe(active);
      expect(started.run(() => activeSpan() === active)).toBe(!setup.hasSpans);
      started.end();
      flow.scope.pop(pushed);
      a.run(() => expect(activeSpan()).toBe(active));
    });
    expect(activeSpan()).toBe(before);
  });

  test('whose own run makes it the parent of everything in it', () =>
    expectTrees(
      () => {
        const started = flow.scope.start('s');
        flow.scope.run('elsewhere', () =>
          started.run(() => appSpan('x', () => flow.scope.run('b', () => flow.scope.mark('m')))),
        );
        started.end();
      },
      {
        events: { s: 'root', elsewhere: 'root', b: 's', m: 'b' },
        spans: { s: 'none', elsewhere: 'none', x: 's', b: 'x' },
      },
    ));
});

describe('an explicit parent brings its span', () => {
  test.each([
    ['run', (parent: never) => flow.scope.run('child', { parent }, () => undefined)],
    ['start', (parent: never) => flow.scope.start('child', { parent }).end()],
    ['push', (parent: never) => flow.scope.pop(flow.scope.push('child', { parent }))],
  ])('to %s', (_, open) =>
    expectTrees(
      () => {
        const parent = flow.scope.start('parent');
        flow.scope.run('elsewhere', () => appSpan('x', () => open(parent as never)));
        parent.end();
      },
      {
        events: { parent: 'root', elsewhere: 'root', child: 'parent' },
        spans: { parent: 'none', elsewhere: 'none', x: 'elsewhere', child: 'parent' },
      },
    ),
  );

  test.each([
    ['a call', 'call', 'execute_tool call', undefined],
    ['the guardrail scope of a refused call', 'guard', 'guard', 'no'],
  ])('to %s', async (_, name, spanName, verdict) => {
    const guard = flow.tool.addConditionalExecution('guard', () => verdict);
    const events = recordEvents();
    const parent = flow.scope.start('parent');
    const call = flow.scope.run('elsewhere', () =>
      appSpan('x', () => flow.tool.execute({ name: 'call', args: {}, parent }, () => undefined)),
    );
    await call.catch(() => undefined);
    parent.end();
    guard.remove();
    expect(eventTree(await events.all())[name]).toBe('parent');
    expect(spanTree()[spanName]).toBe(setup.hasSpans ? 'parent' : undefined);
  });
});

describe('a pushed scope', () => {
  test('is the parent of spans of ours, and application spans stay children of the active span', () =>
    expectTrees(
      () =>
        flow.scope.run('a', () => {
          const pushed = flow.scope.push('p');
          appSpan('x', () => undefined);
          flow.scope.run('b', () => undefined);
          const inner = flow.scope.push('q');
          flow.scope.run('c', () => undefined);
          flow.scope.pop(inner);
          flow.scope.pop(pushed);
          flow.scope.run('d', () => undefined);
        }),
      {
        events: { a: 'root', p: 'a', b: 'p', q: 'p', c: 'q', d: 'a' },
        spans: { a: 'none', p: 'a', x: 'a', b: 'p', q: 'p', c: 'q', d: 'a' },
      },
    ));

  test('gives way to a span that the application has opened since', () =>
    expectTrees(
      () =>
        flow.scope.run('a', () => {
          const pushed = flow.scope.push('p');
          appSpan('x', () => flow.scope.run('b', () => undefined));
          flow.scope.pop(pushed);
        }),
      { events: { a: 'root', p: 'a', b: 'p' }, spans: { a: 'none', p: 'a', x: 'a', b: 'x' } },
    ));

  test('stays the parent when the application span in which it was pushed is left', () =>
    expectTrees(
      () =>
        flow.scope.run('a', () => {
          const pushed = appSpan('x', () => {
            const pushed = flow.scope.push('p');
            flow.scope.run('b', () => undefined);
            return pushed;
          });
          flow.scope.run('c', () => undefined);
          flow.scope.pop(pushed);
        }),
      { events: { a: 'root', p: 'a', b: 'p', c: 'p' }, spans: { a: 'none', x: 'a', p: 'x', b: 'p', c: 'p' } },
    ));

  test('with an explicit parent is still the parent of what follows', () =>
    expectTrees(
      () => {
        const parent = flow.scope.start('parent');
        flow.scope.run('a', () => {
          const pushed = flow.scope.push('p', { parent });
          flow.scope.run('b', () => undefined);
          flow.scope.pop(pushed);
        });
        parent.end();
      },
      {
        events: { parent: 'root', a: 'root', p: 'parent', b: 'p' },
        spans: { parent: 'none', a: 'none', p: 'parent', b: 'p' },
      },
    ));

  test('on the branch of the process is the parent too, where the application has no span', () =>
    expectTrees(
      () => {
        const pushed = flow.scope.push('p');
        flow.scope.run('a', () => undefined);
        appSpan('x', () => flow.scope.run('b', () => undefined));
        flow.scope.pop(pushed);
      },
      { events: { p: 'root', a: 'p', b: 'p' }, spans: { p: 'none', a: 'p', x: 'none', b: 'x' } },
    ));
});

test('a mark without a live span is a span of no length: under the ended scope, or under what is active around the root', async () => {
  const events = recordEvents();
  const scope = flow.scope.start('ended');
  scope.end();
  scope.mark('late');
  appSpan('x', () => flow.scope.mark('in trace'));
  expect(await events.all()).toHaveLength(4);
  expect(spanTree()).toEqual(
    setup.hasSpans ? { ended: 'none', 'mark:late': 'ended', x: 'none', 'mark:in trace': 'x' } : {},
  );
  for (const { startTime, endTime } of setup.finishedSpans().filter(({ name }) => name.startsWith('mark:')))
    expect(endTime).toEqual(startTime);
});

test('isolate and capture start no trace: the active span stays', () =>
  expectTrees(
    () =>
      flow.scope.run('a', () => {
        flow.scope.isolate(() => flow.scope.run('b', () => undefined));
        const captured = flow.scope.capture();
        flow.scope.run('elsewhere', () => captured.run(() => flow.scope.run('c', () => undefined)));
      }),
    {
      events: { a: 'root', b: 'root', elsewhere: 'a', c: 'a' },
      spans: { a: 'none', b: 'a', elsewhere: 'a', c: 'a' },
    },
  ));
