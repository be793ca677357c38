// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import {
  type RegisterOptions,
  type Registrar,
  type Registration,
  type ScopeHandle,
  flow,
} from '../../src/api/index.ts';

const taken = expect.objectContaining({ code: 'FLOW_NAME_TAKEN' });
const closed = expect.objectContaining({ code: 'FLOW_SCOPE_CLOSED' });

const METHODS = [
  'tool.addConditionalExecution',
  'tool.addRequestIntercept',
  'tool.addExecutionIntercept',
  'tool.addSanitizeRequest',
  'tool.addSanitizeResponse',
  'llm.addConditionalExecution',
  'llm.addRequestIntercept',
  'llm.addExecutionIntercept',
  'llm.addStreamExecutionIntercept',
  'llm.addSanitizeRequest',
  'llm.addSanitizeResponse',
  'event.addMetadata',
  'event.addSanitizeMark',
  'event.addSanitizeScopeStart',
  'event.addSanitizeScopeEnd',
  'addSubscriber',
  'addGate',
];

type Add = (name: string, callback: () => void, options?: RegisterOptions) => Registration;

describe.each(METHODS)('%s', (path) => {
  const add = (owner: Registrar, name: string, options?: RegisterOptions): Registration => {
    const method = path.split('.').reduce((value: unknown, key) => (value as Record<string, unknown>)[key], owner);
    return (method as Add)(name, () => undefined, options);
  };

  test('takes a name once per owner, and owners do not share names', () => {
    flow.scope.run('outer', (outer) =>
      flow.scope.run('inner', (inner) => {
        const owners: Registrar[] = [flow, outer, inner];
        const registrations = owners.map((owner) => add(owner, 'one'));
        for (const owner of owners) expect(() => add(owner, 'one')).toThrow(taken);
        expect(registrations.map(({ name }) => name)).toEqual(['one', 'one', 'one']);
        expect(new Set(registrations.map(({ owner }) => owner)).size).toBe(3);
        for (const { remove } of registrations) expect([remove(), remove()]).toEqual([true, false]);
        for (const owner of owners) add(owner, 'one').remove();
      }),
    );
  });

  test('replaces an entry only where that was asked for, and the undo of the old one is void', () => {
    flow.scope.run('scope', (scope) => {
      const old = add(scope, 'one');
      const replacing = add(scope, 'one', { replace: true });
      expect(old.remove()).toBe(false);
      expect(() => add(scope, 'one')).toThrow(taken);
      expect(replacing.remove()).toBe(true);
      expect(replacing.kind).toBe(old.kind);
    });
  });

  test('is undone by `using`', () => {
    flow.scope.run('scope', (scope) => {
      {
        using registration = add(scope, 'one');
        expect(registration.name).toBe('one');
      }
      using again = add(scope, 'one');
      expect(again.name).toBe('one');
    });
  });

  test('refuses a scope that has ended, also when it was looked up before', () => {
    const scope = flow.scope.start('scope');
    const before: Registrar = {
      tool: scope.tool,
      llm: scope.llm,
      event: scope.event,
      addSubscriber: scope.addSubscriber,
      addGate: scope.addGate,
    };
    const registration = add(scope, 'one');
    scope.end();
    expect(() => add(scope, 'other')).toThrow(closed);
    expect(() => add(before, 'other')).toThrow(closed);
    expect(registration.remove()).toBe(false);
  });

  test.each([
    ['no name', (owner: Registrar) => add(owner, '')],
    ['a priority that is no number', (owner: Registrar) => add(owner, 'one', { priority: 'high' } as never)],
  ])('refuses %s', (_, wrong) => {
    flow.scope.run('scope', (scope) =>
      expect(() => wrong(scope)).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' })),
    );
  });
});

describe('what is registered on a scope', () => {
  const call = (): Promise<unknown> => flow.tool.execute({ name: 'tool', args: {} }, () => undefined);
  /** A guardrail that writes its name down. */
  const note = (owner: Registrar, name: string, seen: string[], priority = 0) =>
    owner.tool.addConditionalExecution(name, () => void seen.push(name), { priority });

  test('applies in it and below, not beside it and not after it', async () => {
    const seen: string[] = [];
    const counts: number[] = [];
    const count = async (): Promise<void> => {
      await call();
      counts.push(seen.splice(0).length);
    };
    let left!: ScopeHandle;
    await flow.scope.run('scope', async (scope) => {
      await count();
      note(scope, 'one', seen);
      await count();
      await flow.scope.run('below', () => flow.scope.run('deep', count));
      const pushed = flow.scope.push('pushed');
      await count();
      flow.scope.pop(pushed);
      left = flow.scope.start('left open');
    });
    await count();
    await flow.scope.run('beside', count);
    await left.run(count);
    left.end();
    expect(counts).toEqual([0, 1, 1, 1, 0, 0, 0]);
  });

  test('runs after that of the process and of the scopes around it, and before that only by priority', async () => {
    const seen: string[] = [];
    const process = note(flow, 'z process', seen);
    await flow.scope.run('outer', (outer) =>
      flow.scope.run('between', () =>
        flow.scope.run('inner', async (inner) => {
          note(inner, 'a inner', seen);
          note(inner, 'b inner', seen);
          note(outer, 'y outer', seen);
          note(inner, 'x urgent', seen, -1);
          note(flow, 'late', seen, 1);
          await call();
        }),
      ),
    );
    expect(seen).toEqual(['x urgent', 'z process', 'y outer', 'a inner', 'b inner', 'late']);
    process.remove();
    flow.tool.addConditionalExecution('late', () => undefined, { replace: true }).remove();
  });

  test('on an outer scope, from within an inner one, applies to the next call', async () => {
    const seen: string[] = [];
    await flow.scope.run('outer', (outer) =>
      flow.scope.run('inner', async () => {
        await call();
        const registration = note(outer, 'one', seen);
        await call();
        registration.remove();
        await call();
      }),
    );
    expect(seen).toEqual(['one']);
  });

  test('by one of many concurrent branches is seen by none of the others', async () => {
    const seen: string[] = [];
    const branch = (name: string): Promise<void> =>
      flow.scope.run(name, async (scope) => {
        note(scope, name, seen);
        await new Promise(setImmediate);
        await call();
      });
    await Promise.all(Array.from({ length: 50 }, (_, index) => branch(`branch ${index}`)));
    expect(seen.toSorted()).toEqual(Array.from({ length: 50 }, (_, index) => `branch ${index}`).toSorted());
  });

  test('a subscriber gets what comes after it, in the scope and below, and the end of its scope last', async () => {
    const names: string[] = [];
    await flow.scope.run('scope', async (scope) => {
      flow.scope.mark('before');
      scope.addSubscriber('one', (event) =>
        names.push(`${event.name}${event.kind === 'mark' ? '' : ` ${event.scope_category}`}`),
      );
      flow.scope.mark('after');
      await flow.scope.run('below', () => Promise.resolve());
      flow.scope.isolate(() => flow.scope.mark('isolated'));
    });
    flow.scope.mark('outside');
    await flow.flush();
    expect(names).toEqual(['after', 'below start', 'below end', 'scope end']);
  });

  test('is not kept alive by the scope handle of somebody who forgot it', () => {
    const scope = flow.scope.start('scope');
    const registration = note(scope, 'one', []);
    scope.end();
    expect(registration.remove()).toBe(false);
  });
});
