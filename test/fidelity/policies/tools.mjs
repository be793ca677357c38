// SPDX-License-Identifier: Apache-2.0

import { flow } from '@flow/register/api';

import { seen } from './seen.mjs';

export const mine = new TypeError('the policy stops this tool');

flow.tool.addConditionalExecution('no-deleting', (call) => {
  seen.push({ kind: call.kind, name: call.name, args: call.args });
  return call.name === 'delete' ? 'deleting is not allowed' : undefined;
});

flow.tool.addRequestIntercept('elsewhere', (call) =>
  call.name === 'weather' ? { ...call.args, city: `${call.args.city}, Norway` } : undefined,
);

flow.tool.addExecutionIntercept('by-name', async (call, next) => {
  if (call.name === 'cached') return 'from the cache';
  if (call.name === 'fails') throw mine;
  const result = await next();
  return call.name === 'loud' ? String(result).toUpperCase() : result;
});
