// SPDX-License-Identifier: Apache-2.0
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CallView, type Diagnostic, flow, isFlowError } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { FAMILIES, forThisTest } from './families.ts';

const timeout = 5;
/** A promise that never settles: only a limit ends it. */
const hang = (): Promise<never> => new Promise(() => undefined);
const refused = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.unreachable('the call went through'),
    (error: unknown) => error,
  );
const reports = (): Diagnostic[] => {
  const reported: Diagnostic[] = [];
  onTestFinished(flow.onDiagnostic((diagnostic) => void reported.push(diagnostic)));
  return reported;
};

describe.each(FAMILIES)('a $family middleware with a time limit', (family) => {
  const policy = family.registrar(flow);

  test('refuses the call when it is a guardrail that takes longer', async () => {
    forThisTest(policy.addConditionalExecution('slow', hang, { timeout }));
    const error = await refused(family.call('in', () => expect.unreachable('the function ran')));
    expect(error).toMatchObject({
      code: 'FLOW_GUARDRAIL_FAILED',
      status: 403,
      cause: { code: 'FLOW_MIDDLEWARE_TIMEOUT' },
    });
    expect((error as Error).message).toContain('limit of 5 ms');
  });

  test('refuses the call when it is a request intercept that takes longer', async () => {
    forThisTest(policy.addRequestIntercept('slow', hang, { timeout }));
    const error = await refused(family.call('in', () => expect.unreachable('the function ran')));
    expect(error).toMatchObject({ code: 'FLOW_INTERCEPT_FAILED', cause: { code: 'FLOW_MIDDLEWARE_TIMEOUT' } });
  });

  test('gives up the call that an execution intercept wraps, and aborts it', async () => {
    let signal: AbortSignal | undefined;
    const around = async (call: CallView, next: () => Promise<unknown>): Promise<never> => {
      ({ signal } = call);
      return next() as Promise<never>;
    };
    // The limit of a stream's intercept ends when the stream is open.
    const opening = (call: CallView): Promise<never> => around(call, hang);
    if (family.family === 'stream') forThisTest(flow.llm.addStreamExecutionIntercept('slow', opening, { timeout }));
    else forThisTest(family.addExecution('slow', around, { timeout }));
    const error = await refused(family.call('in', hang));
    expect(isFlowError(error)?.code).toBe('FLOW_MIDDLEWARE_TIMEOUT');
    expect(signal?.aborted).toBe(true);
  });

  test('costs nothing when it is quick enough, and its own errors stay its own', async () => {
    forThisTest(policy.addConditionalExecution('quick', async () => undefined, { timeout: 60_000 }));
    expect(await family.call('in')).toBe('in!');
    const bug = new TypeError('bug');
    forThisTest(family.addExecution('buggy', () => Promise.reject(bug), { timeout: 60_000 }));
    expect(await refused(family.call('in'))).toBe(bug);
  });

  test('clears what a sanitizer would have changed', async () => {
    const recorded = recordEvents();
    const reported = reports();
    forThisTest(policy.addSanitizeRequest('slow', hang, { timeout }));
    expect(await family.call('in')).toBe('in!');
    const [start] = await recorded.named('call');
    expect(start?.data).toBeNull();
    expect(reported[0]).toMatchObject({ name: 'slow', error: { code: 'FLOW_MIDDLEWARE_TIMEOUT' } });
  });
});

test('a subscriber with a time limit gets the next event when it is over', async () => {
  const reported = reports();
  const heard: string[] = [];
  const slow = forThisTest(flow.addSubscriber('slow', ({ name }) => (heard.push(name), hang()), { timeout }));
  flow.scope.mark('one');
  flow.scope.mark('two');
  await flow.flush();
  slow.remove();
  expect(heard).toEqual(['one', 'two']);
  expect(reported.map(({ source, name }) => `${source} ${name}`)).toEqual(['subscriber slow', 'subscriber slow']);
});

test.each([0, -1, Number.NaN, 2 ** 31, '5'])('a time limit of %s is refused', (wrong) => {
  expect(() => flow.addSubscriber('x', () => undefined, { timeout: wrong as number })).toThrow(
    expect.objectContaining({
      code: 'FLOW_INVALID_ARGUMENT',
      message: expect.stringContaining(String(wrong)) as string,
    }),
  );
});

test('an attempt that is given up aborts itself, not the retry that comes after it', async () => {
  const signals: boolean[] = [];
  forThisTest(
    flow.tool.addExecutionIntercept(
      'again',
      async (_, next) => {
        try {
          return await next();
        } catch {
          return next();
        }
      },
      { priority: -1 },
    ),
  );
  forThisTest(flow.tool.addExecutionIntercept('limit', (_, next) => next(), { timeout }));
  const result = await flow.tool.execute({ name: 'tool', args: {} }, (_, { signal }) => {
    signals.push(signal.aborted);
    return signals.length === 1 ? hang() : 'second';
  });
  expect(result).toBe('second');
  expect(signals).toEqual([false, false]);
});
