// SPDX-License-Identifier: Apache-2.0

// A policy that looks at everything and changes nothing; of the application from its second format on, of the servers that it starts from the beginning.
import { flow } from '@flow/register/api';

function register() {
  flow.tool.addConditionalExecution('look', async () => undefined);
  flow.tool.addRequestIntercept('look', async () => undefined);
  flow.tool.addExecutionIntercept('look', (call, next) => next());
  flow.tool.addSanitizeRequest('look', (payload) => payload);
  flow.tool.addSanitizeResponse('look', (payload) => payload);
}

if (process.argv[1].endsWith('serve.mjs')) register();
else process.once('format', () => process.once('format', register));
