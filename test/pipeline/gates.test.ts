// SPDX-License-Identifier: Apache-2.0
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Diagnostic, type RegistrationInfo, flow } from '../../src/api/index.ts';
import { FAMILIES, forThisTest, type Family } from './families.ts';

const rejecting = (family: Family, name = 'strict'): void =>
  void forThisTest(family.registrar(flow).addConditionalExecution(name, () => 'not allowed'));
const named = (name: string): RegistrationInfo | undefined =>
  flow.registrations().find((registration) => registration.name === name);

describe.each(FAMILIES)('a gate and the $family family', (family) => {
  const kind = `${family.kind}.conditional_execution` as const;

  test('keeps what it gives a reason for out of calls, for as long as it gives one', async () => {
    rejecting(family);
    let reason: string | undefined = 'maintenance';
    forThisTest(flow.addGate('gate', () => reason, { registration: 'strict', kinds: [kind] }));
    expect(await family.call('in')).toBe('in!');
    reason = undefined;
    await expect(family.call('in')).rejects.toMatchObject({ guardrail: 'strict' });
  });

  test('decides once per call: what it says later does not concern a call that runs', async () => {
    const seen: string[] = [];
    let reason: string | undefined = 'off';
    forThisTest(family.addExecution('around', async (_, next) => (seen.push('around'), next())));
    forThisTest(flow.addGate('gate', () => reason, { registration: 'around' }));
    await family.call('in', async (value) => {
      reason = undefined;
      return `${value}!`;
    });
    expect(seen).toEqual([]);
    await family.call('in');
    expect(seen).toEqual(['around']);
  });

  test('is not asked about other names and kinds', async () => {
    rejecting(family);
    forThisTest(flow.addGate('other name', () => 'off', { registration: 'other' }));
    forThisTest(flow.addGate('other kind', () => 'off', { kinds: ['subscriber'] }));
    await expect(family.call('in')).rejects.toMatchObject({ guardrail: 'strict' });
  });

  test('that belongs to a scope decides in that scope alone, and never about what a scope registered', async () => {
    rejecting(family);
    await flow.scope.run('exempt', async (scope) => {
      scope.addGate('gate', () => 'exempt here');
      expect(await family.call('in')).toBe('in!');
      family.registrar(scope).addConditionalExecution('own', () => 'own rule');
      await expect(family.call('in')).rejects.toMatchObject({ guardrail: 'own' });
    });
    await expect(family.call('in')).rejects.toMatchObject({ guardrail: 'strict' });
  });

  test.each<[string, () => unknown]>([
    ['throws', () => expect.unreachable('the bug of the gate')],
    ['returns a boolean', () => true],
    ['returns an empty reason', () => ''],
    ['returns a promise', async () => 'later'],
    ['returns a promise that rejects', () => Promise.reject(new Error('later'))],
  ])('that %s keeps nothing out, and it is reported', async (_, callback) => {
    const reported: Diagnostic[] = [];
    onTestFinished(flow.onDiagnostic((diagnostic) => void reported.push(diagnostic)));
    rejecting(family);
    forThisTest(flow.addGate('broken', callback as never, { registration: 'strict' }));
    await expect(family.call('in')).rejects.toMatchObject({ guardrail: 'strict' });
    expect(reported[0]).toMatchObject({ source: 'gate', name: 'broken' });
  });

  test('may make calls itself: it is not asked about those', async () => {
    rejecting(family);
    const inner: Promise<unknown>[] = [];
    forThisTest(
      flow.addGate(
        'gate',
        () => {
          inner.push(family.call('inner').catch((error: unknown) => error));
          return 'off';
        },
        { registration: 'strict' },
      ),
    );
    expect(await family.call('in')).toBe('in!');
    expect(await Promise.all(inner)).toMatchObject([{ guardrail: 'strict' }]);
  });
});

test('what is registered is listed by kind and in order of execution, for the scope in which it is asked', () => {
  forThisTest(flow.tool.addRequestIntercept('late', () => undefined, { priority: 9, breakChain: true, timeout: 50 }));
  forThisTest(flow.tool.addRequestIntercept('early', () => undefined, { priority: -1 }));
  flow.scope.run('scope', (scope) => {
    scope.tool.addRequestIntercept('middle', () => undefined);
    const listed = flow.registrations().filter(({ kind }) => kind === 'tool.request_intercept');
    expect(listed.map(({ name }) => name)).toEqual(['early', 'middle', 'late']);
    expect(listed.map(({ owner }) => owner)).toEqual(['the process', "scope 'scope'", 'the process']);
    expect(listed[2]).toMatchObject({ priority: 9, breakChain: true, timeout: 50, excluded: undefined });
  });
  expect(named('middle')).toBeUndefined();
});

test('the list says which gate keeps something out, and why', () => {
  forThisTest(flow.tool.addConditionalExecution('strict', () => undefined));
  forThisTest(flow.addGate('b', () => 'second', { registration: 'strict' }));
  forThisTest(flow.addGate('a', () => 'first', { registration: 'strict' }));
  expect(named('strict')?.excluded).toEqual({ gate: 'a', reason: 'first' });
  expect(named('a')?.excluded).toBeUndefined();
});

test('a gate may look at the list itself', () => {
  let asked = 0;
  forThisTest(
    flow.addGate('curious', () => {
      asked++;
      return flow.registrations().length > 100 ? 'too many' : undefined;
    }),
  );
  for (const name of ['a', 'b', 'c']) forThisTest(flow.tool.addConditionalExecution(name, () => undefined));
  flow.registrations();
  expect(asked).toBe(3);
});

test.each<[string, () => unknown]>([
  ['a misspelt option of a gate', () => flow.addGate('gate', () => 'off', { registrations: 'strict' } as never)],
  ['a time limit of a gate', () => flow.addGate('gate', () => 'off', { timeout: 5 } as never)],
  ['breakChain of a guardrail', () => flow.tool.addConditionalExecution('g', () => undefined, { breakChain: true })],
  ['a misspelt priority', () => flow.addSubscriber('s', () => undefined, { priorty: 1 } as never)],
])('%s is refused: it would mean something else than was meant', (_, add) => {
  expect(add).toThrow(
    expect.objectContaining({
      code: 'FLOW_INVALID_ARGUMENT',
      message: expect.stringContaining('none of its options') as string,
    }),
  );
});

test('a subscriber that a gate keeps out gets none of the events made meanwhile', async () => {
  const heard: string[] = [];
  let reason: string | undefined = 'quiet';
  forThisTest(flow.addSubscriber('listener', ({ name }) => void heard.push(name)));
  forThisTest(flow.addGate('gate', () => reason, { kinds: ['subscriber'], registration: 'listener' }));
  flow.scope.mark('unheard');
  reason = undefined;
  flow.scope.mark('heard');
  await flow.flush();
  expect(heard).toEqual(['heard']);
});

test.each<[string, object, string]>([
  ['an unknown kind', { kinds: ['tool.guardrail'] }, 'tool.guardrail'],
  ['kinds that are no list', { kinds: 'subscriber' }, 'subscriber'],
  ['an empty name', { registration: '' }, 'the name of one'],
])('a gate about %s is refused with what was given', (_, options, said) => {
  expect(() => flow.addGate('gate', () => undefined, options as never)).toThrow(
    expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT', message: expect.stringContaining(said) as string }),
  );
});
