// SPDX-License-Identifier: Apache-2.0
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
