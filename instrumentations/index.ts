// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation } from '../src/instrument/definition.ts';
import { openai } from './openai.ts';

/** Every SDK that Flow patches. */
export const instrumentations: readonly Instrumentation[] = [openai];
