// SPDX-License-Identifier: Apache-2.0

'use strict';

// The application, as CommonJS: `node run.cjs <origin> <run> <file[#name]>...`, by IPC connected to the test.
const openai = require('openai');
const zodHelpers = require('openai/helpers/zod');
const { openaiScenario } = require('./openai.mjs');
const { perform } = require('./perform.mjs');

const load = (path) => require(`openai/${path}`);
perform({ require: { openai, zodHelpers, load } }, process.argv.slice(2), openaiScenario);
