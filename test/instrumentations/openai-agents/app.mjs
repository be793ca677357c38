// SPDX-License-Identifier: Apache-2.0

// Performs every operation with the framework as it is imported, and then with the one that is required, as its arguments say; a format after a plus with the policy
// of that name.
import { createRequire } from 'node:module';
import { operate } from './operations.mjs';

const require = createRequire(import.meta.url);
const [, , origin, ...formats] = process.argv;
for (const each of formats) {
  const [format, policy] = each.split('+');
  if (policy) await import(`./${policy}.mjs`);
  const load = format === 'esm' ? (name) => import(name) : require;
  const { default: OpenAI } = await load('openai');
  const { z } = await load('zod');
  await operate(await load('@openai/agents'), OpenAI, z, `${origin}/${each}`);
}
