// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const load = { esm: (name) => import(name), cjs: async (name) => require(name) };

/** The packages of an application, in one of the two formats. */
export async function loadPackages(format) {
  const [ai, openai, anthropic, zod] = await Promise.all(
    ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', 'zod'].map((name) => load[format](name)),
  );
  return { ai, z: zod.z, createOpenAI: openai.createOpenAI, createAnthropic: anthropic.createAnthropic };
}
