// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { leaveBody } from './response-tap.ts';

const MADE = Symbol('flow.made');

/** Notes that a response is none of the provider's: an intercept made it. */
export function markMade(response: Response): void {
  Reflect.defineProperty(response, MADE, { value: true });
}

/** This SDK lets go of a stream that its consumer has left, or that it cannot read, without cancelling it. The call is over then; what an intercept made is closed. */
export function tellLeaving(chunks: any, response: any): any {
  const told = (name: string, isOver: (thrown: boolean) => boolean): void => {
    const original = chunks?.[name];
    if (typeof original !== 'function') return;
    const step = async (...args: any[]): Promise<unknown> => {
      let thrown = true;
      try {
        const result: unknown = await original.apply(chunks, args);
        thrown = false;
        return result;
      } finally {
        if (isOver(thrown)) leave(response, thrown);
      }
    };
    const { enumerable = false } = Reflect.getOwnPropertyDescriptor(chunks, name) ?? {};
    Reflect.defineProperty(chunks, name, { value: step, writable: true, configurable: true, enumerable });
  };
  told('next', (thrown) => thrown);
  told('return', () => true);
  return chunks;
}

function leave(response: any, thrown: boolean): void {
  if (response?.[MADE] !== true) leaveBody(response);
  else void close(response.body, thrown).catch(() => undefined);
}

async function close(body: ReadableStream, thrown: boolean): Promise<void> {
  const reader = body.getReader();
  // After the provider's error event comes the error.
  if (thrown) await reader.read();
  await reader.cancel();
}
