// SPDX-License-Identifier: Apache-2.0
import { flow, isFlowError } from '@flow/register/api';

// Which calls run at all.
flow.tool.addConditionalExecution('read-only', (call) =>
  call.name.startsWith('delete_') ? { reason: 'this agent only reads', code: 'READ_ONLY' } : undefined,
);

// What they are called with. Lower priorities run first.
flow.tool.addRequestIntercept('tenant', (call) => ({ ...call.args, tenant: 'a' }), { priority: -10 });
flow.tool.addRequestIntercept('limit', (call) => ({ ...call.args, limit: Math.min(call.args.limit ?? 10, 10) }));

// What happens around them.
flow.tool.addExecutionIntercept('log', async (call, next) => {
  console.log('before', call.name, JSON.stringify(call.args));
  const result = await next();
  console.log('after', call.name);
  return result;
});

const list = flow.tool.wrap('list_files', async ({ tenant, limit }) => `${limit} files of ${tenant}`);
console.log(await list({ limit: 500 }));

const remove = flow.tool.wrap('delete_file', async () => 'gone');
try {
  await remove({ name: 'x' });
} catch (error) {
  const { code, status, guardrail, reasonCode, message } = isFlowError(error);
  console.log({ code, status, guardrail, reasonCode, message });
}
