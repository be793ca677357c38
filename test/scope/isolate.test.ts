// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { type AtofScopeEvent, type ScopeHandle, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('isolate', () => {
  test('begins a stack with a root of its own, of version 7', async () => {
    const events = recordEvents();
    const outside = flow.scope.current();
    flow.scope.run('outer', (outer) => {
      flow.scope.isolate(() => {
        const root = flow.scope.current();
        expect(root.uuid).toMatch(V7);
        expect([outside, outer]).not.toContain(root);
        flow.scope.run('inner', (inner) => {
          expect({ parent: inner.parentUuid, root: inner.rootUuid }).toEqual({ parent: root.uuid, root: root.uuid });
          expect(outer.rootUuid).not.toBe(root.uuid);
        });
      });
      expect(flow.scope.current()).toBe(outer);
    });
    expect(eventTree(await events.all())).toEqual({ outer: 'root', inner: 'root' });
  });

  test('is kept by everything asynchronous in it', async () => {
    const { root, later } = flow.scope.isolate(() => ({
      root: flow.scope.current(),
      later: new Promise<ScopeHandle>((resolve) => {
        setTimeout(() => resolve(flow.scope.current()), 1);
      }),
    }));
    expect(await later).toBe(root);
    expect(flow.scope.current()).not.toBe(root);
  });

  test('inside another begins another', () => {
    flow.scope.isolate(() => {
      const outer = flow.scope.current();
      flow.scope.isolate(() => expect(flow.scope.current().uuid).not.toBe(outer.uuid));
      expect(flow.scope.current()).toBe(outer);
    });
  });

  test('hides the scopes and the registrations around it, but not those of the process', async () => {
    const seen: string[] = [];
    const process = flow.tool.addConditionalExecution('process', () => void seen.push('process'));
    await flow.scope.run('outer', async (outer) => {
      outer.tool.addConditionalExecution('outer', () => void seen.push('outer'));
      await flow.scope.isolate(() => flow.tool.execute({ name: 'tool', args: {} }, () => undefined));
      expect(seen).toEqual(['process']);
      await flow.tool.execute({ name: 'tool', args: {} }, () => undefined);
      expect(seen).toEqual(['process', 'process', 'outer']);
    });
    process.remove();
  });

  test('hands back what its function throws', () => {
    const error = new Error('x');
    expect(() =>
      flow.scope.isolate(() => {
        throw error;
      }),
    ).toThrow(error);
  });

  test.each([
    ['before', async () => void (flow.scope.push('first'), flow.scope.push('second'))],
    ['after', async () => void (await Promise.resolve(), flow.scope.push('first'), flow.scope.push('second'))],
  ])('ends what was pushed in it and never popped: %s its first await', async (_, push) => {
    const events = recordEvents();
    await flow.scope.isolate(push);
    const ended = ((await events.all()) as AtofScopeEvent[]).filter(({ scope_category: phase }) => phase === 'end');
    expect(ended.map(({ name, metadata }) => [name, metadata?.['flow.end_reason']])).toEqual([
      ['second', 'unfinished'],
      ['first', 'unfinished'],
    ]);
  });

  test('refuses what is no function', () => {
    expect(() => flow.scope.isolate('x' as never)).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }));
  });
});
