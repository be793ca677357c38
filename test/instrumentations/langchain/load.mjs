// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

const MODULES = {
  tools: '@langchain/core/tools',
  messages: '@langchain/core/messages',
  models: '@langchain/core/language_models/chat_models',
  outputs: '@langchain/core/outputs',
  openai: '@langchain/openai',
  anthropic: '@langchain/anthropic',
  ollama: '@langchain/ollama',
  graph: '@langchain/langgraph',
  prebuilt: '@langchain/langgraph/prebuilt',
  langchain: 'langchain',
  deepagents: 'deepagents',
  zod: 'zod',
};

/** The framework's packages, as ES modules or as CommonJS, but for those that are not needed. */
export async function load(format, ...without) {
  const require = createRequire(import.meta.url);
  const loaded = {};
  for (const [name, specifier] of Object.entries(MODULES))
    if (!without.includes(name)) loaded[name] = format === 'cjs' ? require(specifier) : await import(specifier);
  return loaded;
}
