// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const written = [];
flow.addSubscriber('slow', async (event) => {
  await new Promise((resolve) => setImmediate(resolve));
  written.push(event.name);
});
flow.addSubscriber('broken', () => {
  throw new Error('the disk is full');
});
const quiet = flow.onDiagnostic(({ source, name, error, count }) => console.log(source, name, error.message, count));

flow.scope.run('first', () => flow.scope.mark('inside'));
console.log('the application goes on:', written.length, 'written');

await flow.flush();
console.log(written.join(', '));
quiet();
