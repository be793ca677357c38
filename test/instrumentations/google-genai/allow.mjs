// SPDX-License-Identifier: Apache-2.0

// A policy that looks at everything and changes nothing, from when the application says so.
import { flow } from '@flow/register/api';

process.once('policy', () => {
  for (const kind of [flow.llm, flow.tool]) {
    kind.addConditionalExecution('look', async () => undefined);
    kind.addRequestIntercept('look', async () => undefined);
    kind.addExecutionIntercept('look', (call, next) => next());
    kind.addSanitizeRequest('look', (payload) => payload);
    kind.addSanitizeResponse('look', (payload) => payload);
  }
  flow.llm.addStreamExecutionIntercept('look', (call, next) => next());
});
