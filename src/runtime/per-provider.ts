// SPDX-License-Identifier: Apache-2.0
import { report } from './diagnostics.ts';

/**
 * What is made of the provider that is registered now, made once for each: one may be registered late, or replaced. Undefined while there is none, and
 * where making it throws, which is reported. Costs one comparison per call.
 */
export function perProvider<Provider, Made>(
  source: string,
  /** The provider's method, for the report. */
  method: string,
  current: () => Provider | undefined,
  make: (provider: Provider) => Made | undefined,
): () => Made | undefined {
  let from: Provider | undefined;
  let made: Made | undefined;
  return () => {
    const provider = current();
    if (provider === undefined) return undefined;
    if (provider !== from) {
      from = provider;
      made = undefined;
      try {
        made = make(provider);
      } catch (error) {
        report(source, method, error);
      }
    }
    return made;
  };
}
