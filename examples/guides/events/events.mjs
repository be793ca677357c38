// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

flow.addSubscriber('print', (event) => {
  // Ids and times differ from run to run.
  const { kind, scope_category, category, name, data, category_profile, metadata } = event.toJSON();
  const { root_uuid: _, trace_id: __, span_id: ___, ...rest } = metadata;
  console.log(JSON.stringify({ kind, scope_category, category, name, data, category_profile, metadata: rest }));
});

await flow.scope.run('support', { type: 'agent', input: 'Where is my order?', metadata: { tenant: 'a' } }, async () => {
  const args = { order: 'A-1' };
  await flow.tool.execute({ name: 'get_order', args, id: 'call_1' }, async (given, call) => {
    call.mark('cache miss', { data: { order: given.order }, severity: 'debug' });
    call.annotate({ source: 'orders-db' });
    return { status: 'shipped', at: new Date(Date.UTC(2026, 0, 1)) };
  });
  await flow.tool
    .execute({ name: 'notify', args: {} }, async () => Promise.reject(new TypeError('no address')))
    .catch(() => {});
});
