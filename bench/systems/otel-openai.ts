// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';
import { startInstrumentation } from './openai-instrumentation.ts';

/** OpenTelemetry's own. It writes content to log records, for which no provider is registered here. */
export const load: Load = async (conditions) =>
  startInstrumentation(
    '@opentelemetry/instrumentation-openai',
    { captureMessageContent: conditions.content },
    conditions,
  );
