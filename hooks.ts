// SPDX-License-Identifier: Apache-2.0
import { instrumentations } from './instrumentations/index.ts';
import { start } from './src/sdk/start.ts';

start({ mode: 'hooks', instrumentations });
