// SPDX-License-Identifier: Apache-2.0

// A policy that looks at everything and changes nothing, for applications to load: their trees have a copy of this file.
import { flow } from '@flow/register/api';

for (const on of [flow.tool, flow.llm]) {
  on.addConditionalExecution('look', async () => undefined);
  on.addRequestIntercept('look', async () => undefined);
  on.addExecutionIntercept('look', (call, next) => next());
  on.addSanitizeRequest('look', (payload) => payload);
  on.addSanitizeResponse('look', (payload) => payload);
}
flow.llm.addStreamExecutionIntercept('look', (call, next) => next());
