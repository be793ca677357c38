// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';
import { startInstrumentation } from './openai-instrumentation.ts';

/** OpenLLMetry's. It writes content on spans unless told not to. */
export const load: Load = async (conditions) =>
  startInstrumentation('@traceloop/instrumentation-openai', { traceContent: conditions.content }, conditions);
