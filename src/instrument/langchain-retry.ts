// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { isFlowError } from '../errors.ts';
import { patchMethod } from './patch-method.ts';

/** What `withRetry` of a tool, model or anything else that can be run makes repeats every error. A call that policy has refused is not made again. */
export function patchRetry(Runnable: any): boolean {
  return patchMethod(Runnable, 'withRetry', (original) => {
    return function withRetry(this: any, ...args: any[]) {
      const made: any = original.apply(this, args);
      for (const name of ['_invoke', '_batch'])
        patchMethod(made?.constructor, name, (attempts) => {
          return function (this: any, ...given: any[]) {
            return attempts.apply(refusing(this), given);
          };
        });
      return made;
    };
  });
}

/** The same with another `onFailedAttempt`: what that throws ends the attempts. */
function refusing(retry: any): any {
  const onFailedAttempt = (error: unknown, ...rest: unknown[]): unknown => {
    if (isFlowError(error)?.status === 403) throw error;
    return retry.onFailedAttempt?.(error, ...rest);
  };
  return new Proxy(Object.create(Object.getPrototypeOf(retry) as object) as object, {
    get: (_, key) => (key === 'onFailedAttempt' ? onFailedAttempt : Reflect.get(retry, key, retry)),
    has: (_, key) => Reflect.has(retry, key),
  });
}
