// SPDX-License-Identifier: Apache-2.0

// The application, as ES modules: `node run.mjs <origin> <run> <file[#name]>...`, by IPC connected to the test.
// With `both` before the rest the package is loaded a second time by require, and every scenario runs with each copy.
import { createRequire } from 'node:module';

import * as openai from 'openai';
import * as zodHelpers from 'openai/helpers/zod';

import { openaiScenario } from './openai.mjs';
import { perform } from './perform.mjs';

const [first, ...rest] = process.argv.slice(2);
const copies = { import: { openai, zodHelpers, load: (path) => import(`openai/${path}`) } };
if (first === 'both') {
  const require = createRequire(import.meta.url);
  const load = (path) => require(`openai/${path}`);
  copies.require = { openai: require('openai'), zodHelpers: load('helpers/zod'), load };
}
await perform(copies, first === 'both' ? rest : [first, ...rest], openaiScenario);
