// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';

/** The least that writing payloads down costs: the arguments and the result as JSON, once each. */
export const load: Load = async () => {
  let length = 0;
  return {
    async tool(args, fn) {
      length += JSON.stringify(args).length;
      const result = await fn(args);
      length += JSON.stringify(result).length;
      // The texts must not turn out to be needed by nobody.
      if (length < 0) throw new Error('unreachable');
      return result;
    },
  };
};
