// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AtofEvent, flow, type Json } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { FAMILIES, forThisTest } from './families.ts';

/** A call that makes further calls, in turn or all at once. */
interface Node {
  readonly family: number;
  /** Turns of the event loop that it waits before, between and after. */
  readonly waits: number;
  readonly together: boolean;
  readonly fails: boolean;
  /** Registers a guardrail for the calls beneath it. */
  readonly guards: boolean;
  readonly children: readonly Node[];
}

const node = (depth: number): fc.Arbitrary<Node> =>
  fc.record({
    family: fc.nat(2),
    waits: fc.nat(2),
    together: fc.boolean(),
    fails: fc.boolean(),
    guards: fc.boolean(),
    children: depth === 0 ? fc.constant([]) : fc.array(node(depth - 1), { maxLength: 3 }),
  });

async function pause(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await macrotask();
}

const stateOf = (events: readonly AtofEvent[], name: string): unknown[] =>
  events.filter((event) => event.name === name).map((event) => (event.kind === 'mark' ? 'mark' : event.scope_category));

test('any number of calls at the same time, nested in any way, keep apart what belongs to each', async () => {
  // Each call goes through one middleware of every family, which hands it what is its own.
  for (const family of FAMILIES.slice(0, 2)) {
    const policy = family.registrar(flow);
    forThisTest(
      policy.addConditionalExecution('g', (call) => macrotask().then(() => call.mark(`guarded ${call.name}`))),
    );
    forThisTest(policy.addRequestIntercept('r', (call): never => family.changed(`${call.name}, please`) as never));
  }
  for (const family of FAMILIES)
    forThisTest(
      family.addExecution('e', async (call, next) => {
        const result = await next();
        return [call.name, result];
      }),
    );

  let calls = 0;
  async function perform(node: Node, path: string, seen: Map<string, readonly string[]>): Promise<Json> {
    calls++;
    const family = FAMILIES[node.family]!;
    const guarded: string[] = [];
    seen.set(path, guarded);
    const result = await family.call(
      'unused',
      async (value, call) => {
        expect([value, call.name]).toEqual([`${path}, please`, path]);
        const here = (): void => expect(flow.scope.current().uuid).toBe(call.uuid);
        const scope = flow.scope.current();
        for (const owner of node.guards ? [scope.tool, scope.llm] : [])
          owner.addConditionalExecution('local', ({ name }) => void guarded.push(name));
        const child = async (each: Node, place: number): Promise<Json> => {
          await pause(each.waits);
          here();
          const answer = await perform(each, `${path}.${place}`, seen).catch((error: Error) => error.message);
          here();
          return answer;
        };
        let answers: Json[] = [];
        if (node.together) answers = await Promise.all(node.children.map(child));
        else for (const [place, each] of node.children.entries()) answers.push(await child(each, place));
        await pause(node.waits);
        here();
        if (node.family === 0) call.annotate(path);
        if (node.fails) throw new Error(`${path} failed`);
        return answers;
      },
      { name: path },
    );
    return result as Json;
  }

  const expected = (node: Node, path: string): Json =>
    node.fails ? `${path} failed` : [path, node.children.map((child, place) => expected(child, `${path}.${place}`))];
  const below = (node: Node, path: string): string[] =>
    node.children.flatMap((child, place) => [`${path}.${place}`, ...below(child, `${path}.${place}`)]);
  const every = (node: Node, path: string): (readonly [string, Node])[] => [
    [path, node],
    ...node.children.flatMap((child, place) => every(child, `${path}.${place}`)),
  ];

  await fc.assert(
    fc.asyncProperty(fc.array(node(2), { minLength: 2, maxLength: 4 }), async (roots) => {
      setup.forgetSpans();
      const recorded = recordEvents();
      const seen = new Map<string, readonly string[]>();
      const answers = await Promise.all(
        roots.map((root, place) =>
          flow.scope.run(`root ${place}`, () => perform(root, `${place}`, seen).catch((error: Error) => error.message)),
        ),
      );
      expect(answers).toEqual(roots.map((root, place) => expected(root, `${place}`)));

      const events = await recorded.all();
      const uuidOf = new Map(events.map((event) => [event.name, event.uuid]));
      for (const [path, node] of roots.flatMap((root, place) => every(root, `${place}`))) {
        expect(stateOf(events, path)).toEqual(['start', 'end']);
        const [start, end] = events.filter(({ name }) => name === path);
        const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : `root ${path}`;
        expect(start?.parent_uuid).toBe(uuidOf.get(parent));
        expect(start?.metadata?.['root_uuid']).toBe(
          events.find(({ name }) => name === parent)?.metadata?.['root_uuid'],
        );
        const annotated = end?.category_profile?.['tool_result_annotation'];
        expect(annotated).toBe(node.fails || node.family !== 0 ? undefined : path);
        expect(events.find(({ name }) => name === `guarded ${path}`)?.parent_uuid).toBe(start?.uuid);
        expect(seen.get(path)?.toSorted()).toEqual(node.guards ? below(node, path).toSorted() : []);
      }
    }),
    { numRuns: 25 },
  );
  expect(calls).toBeGreaterThan(50);
});
