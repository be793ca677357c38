// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { type ScopeHandle, flow } from '../../src/api/index.ts';
import { setup } from '../support/setups/index.ts';

afterEach(setup.forgetSpans);

const WAITS: { readonly [kind: string]: () => Promise<unknown> } = {
  none: () => Promise.resolve(),
  tick: () => new Promise<void>((resolve) => process.nextTick(resolve)),
  immediate: () => new Promise(setImmediate),
  timer: () => new Promise((resolve) => setTimeout(resolve, 1)),
};

/** One thing that a branch does after a wait. Those that have an inside do the steps in it within their callback. */
interface Step {
  readonly does: 'run' | 'start' | 'isolate' | 'capture' | 'tool' | 'push' | 'pop' | 'mark' | 'guard';
  readonly wait: string;
  readonly inside: readonly Step[];
}

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 3, size: 'max' }),
  step: fc.record({
    does: fc.constantFrom('run', 'start', 'isolate', 'capture', 'tool', 'push', 'pop', 'mark', 'guard'),
    wait: fc.constantFrom(...Object.keys(WAITS)),
    inside: fc.option(tie('steps'), { nil: [], maxDepth: 2, depthIdentifier: 'inside' }),
  }),
}));

/** A scope that a branch is in, as the branch itself remembers it. */
interface Place {
  readonly scope: ScopeHandle;
  readonly outer: Place | undefined;
  /** Names of the guardrails that were registered on this scope. */
  readonly guards: string[];
}

const guardsOf = (place: Place | undefined): readonly string[] =>
  place === undefined ? [] : [...guardsOf(place.outer), ...place.guards];

/** What all branches expect together: the parent of each start and mark by name, and who guarded each call. */
interface Ledger {
  readonly parents: Map<string, string>;
  readonly guarded: Map<string, string[]>;
}

/** Plays a script in one branch, and checks at each step that nothing but the branch's own steps has had an effect. */
async function branch(id: string, script: readonly Step[], { parents, guarded }: Ledger): Promise<void> {
  let count = 0;

  async function play(script: readonly Step[], entered: Place): Promise<void> {
    const pushed: Place[] = [];
    const top = (): Place => pushed.at(-1) ?? entered;
    for (const step of script) {
      await WAITS[step.wait]?.();
      assert.equal(flow.scope.current(), top().scope);
      await act(step, top(), pushed);
      assert.equal(flow.scope.current(), top().scope);
    }
    for (const { scope } of pushed.toReversed()) flow.scope.pop(scope);
  }

  async function act({ does, inside }: Step, at: Place, pushed: Place[]): Promise<void> {
    const name = `${id} ${String(++count).padStart(3, '0')} ${does}`;
    const within = (scope: ScopeHandle, outer: Place | undefined): Promise<void> =>
      play(inside, { scope, outer, guards: [] });
    const opens = (): void => void parents.set(name, at.scope.uuid);
    switch (does) {
      case 'run':
        opens();
        return flow.scope.run(name, (scope) => within(scope, at));
      case 'start': {
        opens();
        const scope = flow.scope.start(name);
        await scope.run(() => within(scope, at));
        return scope.end();
      }
      case 'tool':
        opens();
        guarded.set(name, []);
        await flow.tool.execute({ name, args: {} }, () => within(flow.scope.current(), at));
        return assert.deepEqual(guarded.get(name), guardsOf(at));
      case 'isolate':
        return flow.scope.isolate(() => within(flow.scope.current(), undefined));
      case 'capture':
        return flow.scope.capture().run(() => play(inside, at));
      case 'push':
        opens();
        pushed.push({ scope: flow.scope.push(name), outer: at, guards: [] });
        return;
      case 'pop': {
        const last = pushed.pop();
        return last === undefined ? undefined : flow.scope.pop(last.scope);
      }
      case 'mark':
        opens();
        return flow.scope.mark(name);
      case 'guard':
        at.guards.push(name);
        at.scope.tool.addConditionalExecution(name, (call) => void guarded.get(call.name)?.push(name));
    }
  }

  await flow.scope.isolate(() => play(script, { scope: flow.scope.current(), outer: undefined, guards: [] }));
}

test.each([
  { branches: 10_000, numRuns: 1, endOnFailure: true },
  { branches: 50, numRuns: 20, endOnFailure: false },
])('$branches interleaved branches know nothing of each other', async ({ branches, ...parameters }) => {
  const seen = new Map<string, string | null>();
  const subscriber = flow.addSubscriber('branches', (event) => {
    // A guardrail has a scope of its own only where it took long.
    if ((event.kind === 'scope' && event.scope_category === 'end') || event.category === 'guardrail') return;
    assert.equal(seen.has(event.name), false);
    seen.set(event.name, event.parent_uuid);
  });
  const reported: unknown[] = [];
  const stop = flow.onDiagnostic((diagnostic) => reported.push(diagnostic));
  onTestFinished(() => void (subscriber.remove() && stop()));
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 50, size: 'max' }), async (scripts) => {
      const ledger: Ledger = { parents: new Map(), guarded: new Map() };
      seen.clear();
      const play = (_: unknown, index: number) => branch(`branch ${index}`, scripts[index % scripts.length]!, ledger);
      await Promise.all(Array.from({ length: branches }, play));
      await flow.flush();
      assert.equal(seen.size, ledger.parents.size);
      for (const [name, parent] of ledger.parents) assert.equal(seen.get(name), parent, name);
    }),
    parameters,
  );
  expect(reported).toEqual([]);
});
