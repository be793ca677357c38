// SPDX-License-Identifier: Apache-2.0

import { runAsProgram } from '../model-server/program.ts';
import { startOpenAiServer } from './server.ts';

await runAsProgram(startOpenAiServer);
