// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';

/** The calls themselves. */
export const load: Load = async () => ({
  tool: (args, fn) => fn(args),
  model: (body, fn) => fn(body),
  stream: async (_body, open) => open(),
});
