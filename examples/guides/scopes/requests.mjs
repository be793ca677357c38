// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

async function handle(user, query) {
  return flow.scope.run('request', { type: 'agent' }, async (scope) => {
    // Only this request, and gone with it.
    scope.tool.addRequestIntercept('user', (call) => ({ ...call.args, user }));
    return flow.tool.execute({ name: 'search', args: { query } }, async (args) => JSON.stringify(args));
  });
}

// Each on a stack of its own, with a root of its own.
const answers = await Promise.all([
  flow.scope.isolate(() => handle('ann', 'tides')),
  flow.scope.isolate(() => handle('bob', 'stars')),
]);
console.log(answers.join('\n'));

// Work that is queued here and done elsewhere.
const queue = [];
flow.scope.run('producer', () => {
  const here = flow.scope.capture();
  queue.push(() => here.run(() => flow.scope.current().name));
});
console.log(queue[0]());
