// SPDX-License-Identifier: Apache-2.0

// A policy of every kind that changes nothing: the caller must see no difference.
import { flow } from '@flow/register/api';

flow.llm.addConditionalExecution('allow', () => undefined);
flow.llm.addConditionalExecution('allow-later', async () => null);
flow.llm.addRequestIntercept('keep', () => undefined);
flow.llm.addRequestIntercept('same', (call) => call.request);
flow.llm.addExecutionIntercept('pass', (call, next) => next());
flow.llm.addExecutionIntercept('pass-later', async (call, next) => await next());
flow.llm.addStreamExecutionIntercept('pass', async (call, next) => {
  const rest = await next();
  return (async function* pass() {
    yield* rest;
  })();
});
flow.tool.addConditionalExecution('allow', () => undefined);
flow.tool.addRequestIntercept('keep', () => undefined);
flow.tool.addExecutionIntercept('pass', (call, next) => next());
