// SPDX-License-Identifier: Apache-2.0

// Loads a framework without patch points, and tells the ledger.
import { createRequire } from 'node:module';
import { coverage } from '@flow/register/sdk';

const require = createRequire(import.meta.url);
for (const name of [
  '@langchain/core/tools',
  '@langchain/core/language_models/chat_models',
  '@langchain/langgraph/pregel',
]) {
  await import(name);
  require(name);
}
console.log(JSON.stringify(coverage()));
