// SPDX-License-Identifier: Apache-2.0
import { isFlowError } from '../errors.ts';

/** Makes a refusal by policy, found in `reason`, the cause of an SDK's error for it, where that has no cause that says so. */
export function tellRefusal(error: unknown, reason: unknown): void {
  const refusal = isFlowError(reason);
  if (refusal === undefined || !(error instanceof Error) || error === refusal) return;
  if (isFlowError(error.cause) !== undefined) return;
  Reflect.defineProperty(error, 'cause', { value: refusal, writable: true, configurable: true, enumerable: false });
}
