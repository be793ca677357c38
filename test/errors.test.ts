// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import type * as Api from '@flow/register/api';
import { FlowError, GuardrailRejectedError, isFlowError } from '@flow/register/api';
import { expect, it } from 'vitest';

// The flag loads one copy of Flow, the application may load another.
const other = createRequire(import.meta.url)('@flow/register/api') as typeof Api;

it('an error is an instance of the classes of every copy of Flow', () => {
  const rejection = new other.GuardrailRejectedError('guardrail', 'reason');
  expect(other.GuardrailRejectedError).not.toBe(GuardrailRejectedError);
  expect([rejection instanceof GuardrailRejectedError, rejection instanceof FlowError]).toEqual([true, true]);
});

it('is no instance of another class of errors, nor of what somebody derives', () => {
  class Own extends FlowError {}
  const taken = new other.FlowError('FLOW_NAME_TAKEN', 'taken');
  expect([taken instanceof FlowError, taken instanceof GuardrailRejectedError, taken instanceof Own]).toEqual([
    true,
    false,
    false,
  ]);
  expect(new Own('FLOW_NAME_TAKEN', 'taken') instanceof other.FlowError).toBe(true);
  const others = [undefined, null, 'text', {}, new Error('reason')];
  expect(others.filter((value) => (value as object) instanceof FlowError)).toEqual([]);
});

it('isFlowError finds the error in what frameworks wrap around it, and nothing in others', () => {
  const refusal = new FlowError('FLOW_UNPATCHED', 'no');
  const wrapped = new Error('outer', { cause: Object.assign(new Error('tool'), { error: refusal }) });
  expect(isFlowError(wrapped)).toBe(refusal);
  expect(isFlowError(Object.assign(new Error('retries'), { lastError: refusal }))).toBe(refusal);
  expect(isFlowError(Object.assign(new Error('other'), { error: { code: 'FLOW_UNPATCHED' } }))).toBeUndefined();
});
