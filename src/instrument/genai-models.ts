// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { isFlowError } from '../errors.ts';
import { whenAbandoned } from '../pipeline/abandoned.ts';
import type { ScopeHandle } from '../runtime/handle.ts';
import { withManagedTools } from './genai-tools.ts';
import { patchMethod } from './patch-method.ts';
import { type Method, isReplacement, replacementOf } from './replacement.ts';
import { runScope, startScope } from './scope-run.ts';

/** Has `reach` called with the client beneath before anything is sent. Returns false where the class has no such methods. */
export function patchSending(Models: any, ApiError: any, reach: (client: any) => void): boolean {
  const through =
    (name: string) =>
    (original: Method): Method => {
      const send = function (this: any, ...args: any[]): any {
        reach(this.apiClient);
        return original.apply(this, args);
      };
      return Object.defineProperty(send, 'name', { value: name });
    };
  const stream = patchMethod(Models, 'generateContentStreamInternal', (original) => {
    return async function generateContentStreamInternal(this: any, params: any, ...rest: any[]) {
      reach(this.apiClient);
      try {
        return await original.call(this, params, ...rest);
      } catch (error) {
        throw params?.config?.continuationToken === undefined ? error : finalError(error, ApiError);
      }
    };
  });
  const content = patchMethod(Models, 'generateContentInternal', through('generateContentInternal'));
  // The first versions have one function for it.
  const embedding = ['embedContentInternal', 'embedContent'].some((name) => patchMethod(Models, name, through(name)));
  return stream && content && embedding;
}

// A stream that goes on with a further request asks again after any error that is not the provider's own.
function finalError(error: any, ApiError: any): unknown {
  if (isFlowError(error) === undefined || typeof ApiError !== 'function') return error;
  const made = new ApiError({ message: error.message, status: 403 });
  Reflect.defineProperty(made, 'cause', { value: error, writable: true, configurable: true, enumerable: false });
  return made;
}

/** The loops that call tools: each becomes one scope, and the tools managed. `isThere` tells whether an instance has them as they were up to today. */
export function patchLoops(Models: any, by: string): (models: any) => boolean {
  const loops: Record<string, (original: Method) => Method> = {
    generateContent: (original) =>
      function generateContent(this: any, params: any, ...rest: any[]) {
        const managed = withManagedTools(params, by);
        const loop = (): any => original.call(this, managed ?? params, ...rest);
        return managed === undefined ? loop() : runScope({ by, name: 'generateContent', type: 'function' }, loop);
      },
    generateContentStream: (original) =>
      async function generateContentStream(this: any, params: any, ...rest: any[]) {
        const managed = withManagedTools(params, by);
        if (managed === undefined) return original.call(this, params, ...rest);
        const scope = startScope({ by, name: 'generateContentStream', type: 'function' });
        try {
          return endWith(await scope.run(() => original.call(this, managed, ...rest)), scope);
        } catch (error) {
          scope.fail(error);
          throw error;
        }
      },
  };
  for (const [name, around] of Object.entries(loops)) patchField(Models, name, around);
  return (models) => Object.keys(loops).every((name) => isReplacement(models?.[name]));
}

/** A method of a class, or a function that its constructor assigns to each instance. */
function patchField(Class: any, name: string, around: (original: Method) => Method): void {
  const prototype = Class?.prototype;
  if (typeof prototype !== 'object' || prototype === null || patchMethod(Class, name, around)) return;
  if (Reflect.getOwnPropertyDescriptor(prototype, name)?.set !== undefined) return;
  const managed = (value: any): unknown => (typeof value === 'function' ? replacementOf(value, around) : value);
  Reflect.defineProperty(prototype, name, {
    configurable: true,
    enumerable: false,
    get: () => undefined,
    set(this: object, value: unknown) {
      const field = { value: managed(value), writable: true, configurable: true, enumerable: true };
      Reflect.defineProperty(this, name, field);
    },
  });
}

// Made out here: it must not reach the stream.
function endingOf(scope: ScopeHandle): () => void {
  return () => {
    if (!scope.ended) scope.end();
  };
}

/** The same stream: each step of it is inside of the scope, which ends when it has been read, failed, or dropped. */
function endWith(stream: any, scope: ScopeHandle): any {
  const end = endingOf(scope);
  const keep = whenAbandoned(stream, end);
  for (const name of ['next', 'return', 'throw']) {
    const original = stream[name];
    if (typeof original !== 'function') continue;
    const step = async (...args: any[]): Promise<unknown> => {
      const go = (): any => original.apply(stream, args);
      try {
        const result = await (scope.ended ? go() : scope.run(go));
        if (result?.done === true) {
          keep();
          end();
        }
        return result;
      } catch (error) {
        keep();
        if (!scope.ended) scope.fail(error);
        throw error;
      }
    };
    const { enumerable = false } = Reflect.getOwnPropertyDescriptor(stream, name) ?? {};
    Reflect.defineProperty(stream, name, { value: step, writable: true, configurable: true, enumerable });
  }
  return stream;
}
