// SPDX-License-Identifier: Apache-2.0
import { type ErrorCode, FlowError, isFlowError } from '../errors.ts';

const FAILED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'FLOW_GUARDRAIL_FAILED',
  'FLOW_INTERCEPT_FAILED',
  'FLOW_INVALID_VERDICT',
]);

/** All that a model is told where policy itself has failed. */
export const POLICY_FAILED = 'The call was rejected: policy failed';

/** Whether a tool was refused because policy itself failed, and the error says how: that is for the application, not for the model. */
export function isFailureOfPolicy(error: unknown): boolean {
  const refusal = isFlowError(error);
  if (refusal === undefined || !FAILED.has(refusal.code)) return false;
  // Whoever has caught it in a tool and found words of their own may tell them.
  return String((error as { readonly message?: unknown }).message).includes(refusal.message);
}

/** The failure for frameworks that tell the model whatever a tool throws: what has failed is its cause. */
export function withoutReasons(error: unknown): FlowError {
  return new FlowError(isFlowError(error)?.code ?? 'FLOW_GUARDRAIL_FAILED', POLICY_FAILED, { cause: error });
}
