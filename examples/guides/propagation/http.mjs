// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import { flow } from '@flow/register/api';

const server = createServer((request, response) =>
  flow.scope.extract(request.headers, () =>
    flow.scope.run('lookup service', async (scope) => {
      response.end(`below ${scope.parentUuid}`);
    }),
  ),
).listen(0);
await once(server, 'listening');

await flow.scope.run('caller', async (scope) => {
  const headers = flow.scope.inject(new Headers({ accept: 'text/plain' }));
  const response = await fetch(`http://localhost:${server.address().port}`, { headers });
  console.log((await response.text()) === `below ${scope.uuid}`, [...headers.keys()]);
});
server.close();
