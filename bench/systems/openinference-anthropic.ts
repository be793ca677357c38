// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';
import { startInstrumentation } from './openai-instrumentation.ts';

/** OpenInference's for Anthropic. It writes content on spans unless told to hide it. */
export const load: Load = async (conditions) =>
  startInstrumentation(
    '@arizeai/openinference-instrumentation-anthropic',
    { traceConfig: { hideInputs: !conditions.content, hideOutputs: !conditions.content } },
    conditions,
    'AnthropicInstrumentation',
  );
