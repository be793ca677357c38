// SPDX-License-Identifier: Apache-2.0

// The application: `node run.mjs both <origin> <run> <file>...`, by IPC connected to the test. Every scenario runs with the copy that is
// imported and with the one that is required.
import { createRequire } from 'node:module';

import * as anthropic from '@anthropic-ai/sdk';

import { perform } from '../perform.mjs';
import { anthropicScenario } from './anthropic.mjs';

const require = createRequire(import.meta.url);
const copies = {
  import: { anthropic, load: (path) => import(`@anthropic-ai/sdk/${path}`) },
  require: { anthropic: require('@anthropic-ai/sdk'), load: async (path) => require(`@anthropic-ai/sdk/${path}`) },
};
await perform(copies, process.argv.slice(3), anthropicScenario);
