// SPDX-License-Identifier: Apache-2.0
import { flow, isFlowError } from '@flow/register/api';

// A judge that never answers refuses the call after 50 ms instead of holding it for ever.
flow.tool.addConditionalExecution('judge', () => new Promise(() => {}), { timeout: 50 });

const search = flow.tool.wrap('search', async () => 'found');
await search({}).catch((error) => console.log(isFlowError(error).code, '<-', error.cause.code));

// A gate keeps a registration of the process out of some calls: in tests, here.
await flow.scope.run('test', { metadata: { environment: 'test' } }, async (scope) => {
  scope.addGate('no-judge-in-tests', () => 'tests have no judge', { registration: 'judge' });
  console.log(await search({}));
  for (const { kind, name, owner, timeout, excluded } of flow.registrations())
    console.log({ kind, name, owner, timeout, excluded });
});
