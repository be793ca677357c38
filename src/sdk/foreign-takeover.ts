// SPDX-License-Identifier: Apache-2.0
import type { ApiGlobals } from './foreign-owner.ts';

/** Called with the slot and the stack of who has put a provider of its own into it. */
type OnTaken = (slot: string, stack: string) => void;

/**
 * Whoever takes our provider out (`trace.disable()`) may register another without a word: the API deletes the slot, so that what lies beneath
 * sees the next one. Of those that are taken now. Returns the undo.
 */
export function watchTakeover(globals: ApiGlobals, slots: readonly string[], onTaken: OnTaken): () => void {
  const before = Object.getPrototypeOf(globals) as object | null;
  const beneath = Object.create(before) as object;
  for (const slot of slots.filter((each) => Object.hasOwn(globals, each))) {
    const place = (provider: unknown): void => {
      Object.defineProperty(globals, slot, { value: provider, writable: true, configurable: true, enumerable: true });
      const here = { stack: '' };
      Error.captureStackTrace(here, place);
      onTaken(slot, here.stack);
    };
    Object.defineProperty(beneath, slot, { get: () => undefined, set: place });
  }
  Object.setPrototypeOf(globals, beneath);
  return () => void (Object.getPrototypeOf(globals) === beneath && Object.setPrototypeOf(globals, before));
}
