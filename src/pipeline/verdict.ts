// SPDX-License-Identifier: Apache-2.0
import { FlowError, GuardrailRejectedError } from '../errors.ts';

/** What a conditional-execution guardrail may answer: nothing allows, a reason rejects. */
export type Verdict = undefined | null | string | { readonly reason: string; readonly code?: string };

/**
 * Reads a guardrail's answer. Returns the rejection, or undefined when it allowed the call. Throws `FLOW_INVALID_VERDICT` for anything
 * else (a boolean, an empty string, an Error, …): a guardrail that cannot be understood must not let the call through.
 */
export function readVerdict(guardrail: string, verdict: unknown): GuardrailRejectedError | undefined {
  if (verdict === undefined || verdict === null) return undefined;
  if (typeof verdict === 'string' && verdict.trim() !== '') return new GuardrailRejectedError(guardrail, verdict);
  if (typeof verdict === 'object' && !(verdict instanceof Error)) {
    const { reason, code } = verdict as { reason?: unknown; code?: unknown };
    if (typeof reason === 'string' && reason.trim() !== '' && (code === undefined || typeof code === 'string'))
      return new GuardrailRejectedError(guardrail, reason, code);
  }
  throw new FlowError(
    'FLOW_INVALID_VERDICT',
    `guardrail '${guardrail}' returned ${describe(verdict)}; return undefined or null to allow, a non-empty string or { reason } to reject`,
  );
}

/** A short, safe description of any value for an error message. */
export function describe(value: unknown): string {
  if (typeof value === 'string')
    return value === '' ? 'an empty string' : `the string ${JSON.stringify(value.slice(0, 60))}`;
  if (typeof value === 'object' && value !== null)
    return value instanceof Error ? 'an Error' : Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
