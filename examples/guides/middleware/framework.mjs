// SPDX-License-Identifier: Apache-2.0
import { flow, isFlowError } from '@flow/register/api';

flow.tool.addConditionalExecution('no-shell', (call) => (call.name === 'shell' ? 'no shell here' : undefined));
flow.tool.addRequestIntercept('trim', (call) => ({ ...call.args, query: call.args.query?.trim() }));
flow.addSubscriber('print', ({ scope_category, category, name, data }) => {
  if (category === 'tool') console.log(scope_category, name, data);
});

// A framework that makes the call itself asks for each step, then records the call.
async function callTool(name, args, invoke) {
  await flow.tool.checkConditions({ name, args });
  const changed = await flow.tool.applyRequestIntercepts({ name, args });
  const call = flow.tool.start({ name, args: changed });
  try {
    const result = await call.run(() => invoke(changed));
    call.end({ result });
    return result;
  } catch (error) {
    call.fail(error);
    throw error;
  }
}

await callTool('search', { query: ' tides ' }, async ({ query }) => `found ${query}`);
await callTool('shell', { command: 'ls' }, async () => 'never').catch((error) => console.log(isFlowError(error).code));
