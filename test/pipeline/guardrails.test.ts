// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import {
  type AtofEvent,
  type CallView,
  flow,
  FlowError,
  GuardrailRejectedError,
  isFlowError,
  type Json,
} from '../../src/api/index.ts';
import type * as Errors from '../../src/errors.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { FAMILIES, forThisTest } from './families.ts';

const REASON = 'not today';

/** Waits for a call to be refused and gives its error. */
const refusal = (call: Promise<unknown>): Promise<FlowError> =>
  call.then(
    () => expect.unreachable('the call went through'),
    (error: unknown) => error as FlowError,
  );

const shape = (event: AtofEvent): string =>
  event.kind === 'mark' ? `mark ${event.name}` : `${event.category} ${event.name} ${event.scope_category}`;

describe.each(FAMILIES)('$family', (family) => {
  const { kind } = family;
  const policy = family.registrar(flow);
  const guard = (name: string, callback: (call: CallView) => unknown, priority = 0): void =>
    void forThisTest(policy.addConditionalExecution(name, callback as never, { priority }));

  test.each([[undefined], [null]])('a guardrail that answers %s allows the call', async (verdict) => {
    guard('g', () => verdict);
    guard('h', async () => verdict);
    expect(await family.call('in')).toBe('in!');
  });

  test.each<[string, unknown, string | undefined]>([
    ['a string', REASON, undefined],
    ['a reason', { reason: REASON }, undefined],
    ['a reason with a code', { reason: REASON, code: 'budget' }, 'budget'],
  ])('a guardrail that answers %s rejects the call', async (_, verdict, reasonCode) => {
    for (const answer of [verdict, Promise.resolve(verdict)]) {
      const registration = policy.addConditionalExecution('g', () => answer as string);
      const error = await refusal(family.call('in', () => expect.unreachable('the function ran')));
      registration.remove();
      expect(error).toBeInstanceOf(GuardrailRejectedError);
      expect(error).toMatchObject({
        code: 'FLOW_GUARDRAIL_REJECTED',
        status: 403,
        guardrail: 'g',
        reason: REASON,
        reasonCode,
        message: `guardrail rejected: ${REASON}`,
      });
    }
  });

  test.each<[string, unknown]>([
    ['true', true],
    ['false', false],
    ['0', 0],
    ['an empty string', ''],
    ['blanks', '  '],
    ['an Error', new Error('not thrown')],
    ['an array', [REASON]],
    ['an empty object', {}],
    ['an empty reason', { reason: '' }],
    ['a reason that is no text', { reason: 1 }],
    ['a code that is no text', { reason: REASON, code: 403 }],
    ['a function', () => undefined],
    ['a symbol', Symbol('no')],
    ['NaN', Number.NaN],
  ])('a guardrail that answers %s refuses the call as an invalid verdict', async (_, verdict) => {
    const recorded = recordEvents();
    guard('g', () => verdict);
    const error = await refusal(family.call('in', () => expect.unreachable('the function ran')));
    expect(error).toMatchObject({ code: 'FLOW_INVALID_VERDICT', status: 403 });
    expect(error.message).toContain("'g'");
    expect((await recorded.all()).map(shape)).toEqual(['guardrail g start', 'guardrail g end']);
  });

  test.each<[string, unknown, string]>([
    ['an error', new TypeError('bug in the guardrail'), 'bug in the guardrail'],
    ['a text', 'bug', 'bug'],
    ['nothing', undefined, 'undefined'],
    ['an object that is no text', Object.create(null), ''],
    ['an error of Flow that is no refusal', new FlowError('FLOW_SCOPE_CLOSED', 'closed'), 'closed'],
  ])('a guardrail that throws %s refuses the call and says why', async (_, thrown, message) => {
    const throwing = (): never => {
      throw thrown;
    };
    for (const callback of [throwing, async () => throwing()]) {
      const registration = policy.addConditionalExecution('g', callback);
      const error = await refusal(family.call('in', () => expect.unreachable('the function ran')));
      registration.remove();
      expect(error).toMatchObject({ name: 'FlowError', code: 'FLOW_GUARDRAIL_FAILED', status: 403 });
      expect(error.cause).toBe(thrown);
      expect(error.message).toContain("'g'");
      expect(error.message).toContain(message);
    }
  });

  test('a refusal is found through the errors that SDK helpers wrap it in', async () => {
    guard('g', () => REASON);
    const error = await refusal(family.call('in'));
    const wrapped = new Error('Connection error.', { cause: new Error('fetch failed', { cause: error }) });
    expect(isFlowError(error)).toBe(error);
    expect(isFlowError(wrapped)).toBe(error);
    expect(isFlowError(new Error('other'))).toBeUndefined();
  });

  test('a refusal is recognised by every copy of Flow', async () => {
    guard('g', () => REASON);
    const error = await refusal(family.call('in'));
    const another = '../../src/errors.ts?another-copy';
    const copy = (await import(another)) as typeof Errors;
    expect(error).toBeInstanceOf(copy.FlowError);
    expect(error).toBeInstanceOf(copy.GuardrailRejectedError);
    expect(new Error('other')).not.toBeInstanceOf(copy.FlowError);
    expect(copy.isFlowError(new Error('wrapped', { cause: error }))).toBe(error);
  });

  test('a rejection leaves a guardrail scope and a mark beside it, and no start or end of the call', async () => {
    const recorded = recordEvents();
    guard('g', () => REASON);
    const parent = await flow.scope.run('around', async (scope) => {
      await refusal(family.call('in', undefined, { metadata: { tenant: 'a' } }));
      return scope;
    });
    const events = (await recorded.all()).slice(1, -1);
    expect(events.map(shape)).toEqual(['guardrail g start', 'guardrail g end', 'mark call']);
    expect(events.map(({ parent_uuid }) => parent_uuid)).toEqual([parent.uuid, parent.uuid, parent.uuid]);
    const [start, end, mark] = events;
    expect(start?.data).toEqual(
      kind === 'tool'
        ? { kind: 'tool_conditional_execution', target_name: 'call' }
        : { kind: 'llm_conditional_execution' },
    );
    expect(end?.data).toEqual({ allowed: false, rejected: true, rejection_reason: REASON });
    expect(mark?.data).toMatchObject({ rejected: true, rejection_reason: REASON });
    expect(mark?.metadata).toMatchObject({ tenant: 'a', root_uuid: parent.rootUuid });
  });

  test('a guardrail that fails leaves its scope with the error, and no mark', async () => {
    const recorded = recordEvents();
    guard('g', () => {
      throw new RangeError('bug');
    });
    await refusal(family.call('in'));
    const [start, end, ...rest] = await recorded.all();
    expect([start!, end!, ...rest].map(shape)).toEqual(['guardrail g start', 'guardrail g end']);
    expect(end?.data).toEqual({ allowed: false, error: expect.stringContaining('bug') as unknown });
    expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'exception.type': 'RangeError' });
  });

  test('guardrails that allow leave only their names and times, on the start event', async () => {
    const recorded = recordEvents();
    guard('a', () => undefined);
    guard('b', () => undefined);
    // Fresh code on a busy machine may well take longer than a guardrail is allowed to; then it has a scope.
    let events: readonly AtofEvent[];
    let before = 0;
    do {
      await family.call('in');
      const all = await recorded.all();
      events = all.slice(before);
      before = all.length;
    } while (events.length > 2);
    const [start, end] = events;
    const allowed = start?.metadata?.['flow.guardrails'] as { name: string; micros: number }[];
    expect(allowed.map(({ name }) => name)).toEqual(['a', 'b']);
    for (const { micros } of allowed) expect(micros).toBeLessThanOrEqual(1000);
    expect(events.map(shape)).toEqual([`${kind} call start`, `${kind} call end`]);
    expect(end?.metadata).not.toHaveProperty('flow.guardrails');
  });

  test('a guardrail that allows after more than a millisecond gets a scope', async () => {
    const recorded = recordEvents();
    guard('slow', () => {
      const until = performance.now() + 2;
      while (performance.now() < until);
    });
    await family.call('in');
    const events = await recorded.all();
    expect(events.map(shape)).toEqual([
      'guardrail slow start',
      'guardrail slow end',
      `${kind} call start`,
      `${kind} call end`,
    ]);
    const [start, end, call] = events;
    expect(end?.data).toEqual({ allowed: true, rejected: false });
    expect(Date.parse(String(end?.timestamp)) - Date.parse(String(start?.timestamp))).toBeGreaterThanOrEqual(1);
    expect(call?.metadata).not.toHaveProperty('flow.guardrails');
  });

  test('after a refusal nothing else of the call runs', async () => {
    const ran: string[] = [];
    const add = (name: string) => (): void => void ran.push(name);
    guard('1', add('guardrail before'));
    guard('2', () => REASON);
    guard('3', add('guardrail after'));
    forThisTest(policy.addRequestIntercept('r', add('request') as never));
    forThisTest(policy.addSanitizeRequest('s', add('sanitizer')));
    forThisTest(family.addExecution('e', add('execution')));
    recordEvents();
    await refusal(family.call('in', add('function')));
    expect(ran).toEqual(['guardrail before']);
  });

  test('a guardrail sees the call as it was requested, also what a request intercept will change', async () => {
    const seen: Json[] = [];
    guard('g', (call) => void seen.push(family.valueOf(call)), 10);
    forThisTest(policy.addRequestIntercept('r', () => family.changed('other') as never, { priority: -10 }));
    expect(await family.call('in')).toBe('other!');
    expect(seen).toEqual(['in']);
  });

  test('a guardrail on the implicit root covers every stack that isolate has not begun', async () => {
    const root = flow.scope.current();
    forThisTest(family.registrar(root).addConditionalExecution('root', () => REASON));
    const error = await flow.scope.run('somewhere', () => refusal(family.call('in')));
    expect(error).toMatchObject({ guardrail: 'root' });
    expect(await flow.scope.isolate(() => family.call('in'))).toBe('in!');
  });
});
