// SPDX-License-Identifier: Apache-2.0
import { type ErrorCode, isFlowError } from '../errors.ts';

const FAILED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FLOW_GUARDRAIL_FAILED',
  'FLOW_INTERCEPT_FAILED',
  'FLOW_INVALID_VERDICT',
]);

/** Whether a tool was refused because policy itself failed, and the error says how: that is for the caller, not for the model. */
export function isFailureOfPolicy(error: unknown): boolean {
  const refusal = isFlowError(error);
  if (refusal === undefined || !FAILED.has(refusal.code)) return false;
  // Whoever has caught it in a tool and found words of their own may tell them.
  return String((error as { readonly message?: unknown }).message).includes(refusal.message);
}

/**
 * The loops of the SDK tell the model whatever a tool throws. This one cannot be told: to read it throws what it stands for, and so ends the loop with that, in
 * the SDK's own way.
 */
export function untold(error: unknown): Error {
  const tell = (): never => {
    throw error;
  };
  return Object.defineProperties(new Error(), { message: { get: tell }, cause: { value: error } });
}
