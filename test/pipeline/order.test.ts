// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flow, type Registrar, type Registration, type RegisterOptions } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { FAMILIES, type Family, forThisTest } from './families.ts';

const OWNERS = ['process', 'outer', 'inner'] as const;
type Owner = (typeof OWNERS)[number];

interface Row {
  readonly owner: Owner;
  readonly name: string;
  readonly priority: number;
}

/** Registers one callback that notes its label and changes nothing. */
type Add = (owner: Registrar, name: string, ran: () => void, options: RegisterOptions) => Registration;

function kindsOf(family: Family): readonly (readonly [string, Add])[] {
  const on = (owner: Registrar) => family.registrar(owner);
  return [
    ['guardrails', (owner, name, ran, options) => on(owner).addConditionalExecution(name, ran, options)],
    ['request intercepts', (owner, name, ran, options) => on(owner).addRequestIntercept(name, ran as never, options)],
    [
      'execution intercepts, outermost first,',
      (owner, name, ran, options) => family.addExecution(name, (_, next) => (ran(), next()), options, owner),
    ],
    [
      'request sanitizers',
      (owner, name, ran, options) => on(owner).addSanitizeRequest(name, (it: unknown) => (ran(), it), options),
    ],
    [
      'response sanitizers',
      (owner, name, ran, options) => on(owner).addSanitizeResponse(name, (it: unknown) => (ran(), it), options),
    ],
    [
      'metadata of the end event',
      (owner, name, ran, options) =>
        owner.event.addMetadata(
          name,
          (event) => {
            if (event.kind === 'scope' && event.scope_category === 'end' && event.name === 'call') ran();
          },
          options,
        ),
    ],
    [
      'sanitizers of start events',
      (owner, name, ran, options) =>
        owner.event.addSanitizeScopeStart(
          name,
          (event) => {
            if (event.name === 'call') ran();
            return event;
          },
          options,
        ),
    ],
  ];
}

const rows: fc.Arbitrary<readonly Row[]> = fc.uniqueArray(
  fc.record({
    owner: fc.constantFrom(...OWNERS),
    name: fc.constantFrom('B', 'a', 'b', 'aa', 'é', '1'),
    priority: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(-Infinity, 0.5, Infinity)),
  }),
  { maxLength: 12, selector: ({ owner, name }) => `${owner} ${name}` },
);

const label = ({ owner, name }: Row): string => `${owner} ${name}`;

/** The rule: priority, then the owner from the process inwards, then the name. */
function expectedOrder(all: readonly Row[]): string[] {
  const rank = ({ owner }: Row): number => OWNERS.indexOf(owner);
  const byRule = (a: Row, b: Row): number => {
    if (a.priority !== b.priority) return a.priority < b.priority ? -1 : 1;
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    return a.name < b.name ? -1 : 1;
  };
  return all.toSorted(byRule).map(label);
}

async function observedOrder(family: Family, add: Add, all: readonly Row[]): Promise<string[]> {
  const order: string[] = [];
  const registered: Registration[] = [];
  await flow.scope.run('outer', (outer) =>
    flow.scope.run('inner', async (inner) => {
      const owners: Record<Owner, Registrar> = { process: flow, outer, inner };
      for (const row of all)
        registered.push(
          add(owners[row.owner], row.name, () => void order.push(label(row)), { priority: row.priority }),
        );
      await family.call('in');
    }),
  );
  for (const registration of registered) registration.remove();
  return order;
}

describe.each(FAMILIES)('$family', (family) => {
  const policy = family.registrar(flow);

  test.each(kindsOf(family))('%s run by priority, then owner from the process inwards, then name', async (_, add) => {
    recordEvents();
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        expect(await observedOrder(family, add, all)).toEqual(expectedOrder(all));
      }),
      { numRuns: 25 },
    );
  });

  test('the default priority is 0', async () => {
    const order: string[] = [];
    const at = (name: string, options?: RegisterOptions): void =>
      void forThisTest(policy.addConditionalExecution(name, () => void order.push(name), options));
    at('c', { priority: 1 });
    at('b');
    at('a', { priority: -1 });
    await family.call('in');
    expect(order).toEqual(['a', 'b', 'c']);
  });

  test('a request intercept that breaks the chain keeps its own change and skips the later ones', async () => {
    const add = (name: string, options?: RegisterOptions): void =>
      void forThisTest(
        policy.addRequestIntercept(
          name,
          (call): never => family.changed(family.valueOf(call) + name) as never,
          options,
        ),
      );
    add('1');
    add('2', { breakChain: true, priority: 1 });
    add('3', { priority: 2 });
    expect(await family.call('in')).toBe('in12!');
  });

  test('a request intercept that breaks the chain may leave the request unchanged', async () => {
    forThisTest(policy.addRequestIntercept('1', () => undefined, { breakChain: true }));
    forThisTest(policy.addRequestIntercept('2', () => family.changed('2') as never));
    expect(await family.call('in')).toBe('in!');
  });

  test('what is registered or removed during a call concerns the next call, not this one', async () => {
    const ran: string[] = [];
    const late = (name: string): void => {
      forThisTest(policy.addConditionalExecution(`${name} guardrail`, () => void ran.push(`${name} guardrail`)));
      forThisTest(policy.addRequestIntercept(`${name} request`, () => void ran.push(`${name} request`)));
      forThisTest(
        family.addExecution(`${name} execution`, (_, next) => {
          ran.push(`${name} execution`);
          return next();
        }),
      );
      forThisTest(policy.addSanitizeResponse(`${name} response`, (it: unknown) => (ran.push(`${name} response`), it)));
    };
    recordEvents();
    const first = policy.addConditionalExecution('first', () => {
      ran.push('first');
      if (first.remove()) late('late');
    });
    const removed = forThisTest(policy.addRequestIntercept('removed', () => void ran.push('removed')));
    forThisTest(policy.addConditionalExecution('removes', () => void removed.remove()));
    await family.call('in');
    expect(ran.splice(0)).toEqual(['first', 'removed']);
    await family.call('in');
    expect(ran).toEqual(['late guardrail', 'late request', 'late execution', 'late response']);
  });

  test('a scope that closes while its call runs still applies to that call', async () => {
    const scope = flow.scope.start('owner');
    const ran: string[] = [];
    family.registrar(scope).addConditionalExecution('closes', () => scope.end());
    family.registrar(scope).addRequestIntercept('still there', () => void ran.push('request'));
    await scope.run(() => family.call('in'));
    expect(ran).toEqual(['request']);
  });

  test('a replaced registration runs in place of the old one', async () => {
    forThisTest(policy.addRequestIntercept('one', () => family.changed('old') as never));
    forThisTest(policy.addRequestIntercept('one', () => family.changed('new') as never, { replace: true }));
    expect(await family.call('in')).toBe('new!');
  });
});
