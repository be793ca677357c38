// SPDX-License-Identifier: Apache-2.0
// Sends requests in each of the ways there are, to a server of its own, and prints which headers of a trace arrived with them.
import { once } from 'node:events';
import * as http from 'node:http';
import { flow } from '../../../dist/esm/api.js';

const seen = [];
const server = http
  .createServer((request, response) => {
    const count = request.rawHeaders.filter((name) => name.toLowerCase() === 'traceparent').length;
    seen.push([request.url, count, request.headers['x-own']]);
    response.end('ok');
  })
  .listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
const base = `http://127.0.0.1:${port}`;
const get = async (...args) => {
  const [response] = await once(http.get(...args), 'response');
  for await (const _ of response);
};

await (await fetch(`${base}/fetch`)).text();
await (await fetch(`${base}/again?api_key=query-secret`)).text();
await flow.scope.run('caller', async () => {
  const headers = flow.scope.inject({ 'x-own': '1' });
  await (await fetch(`${base}/injected`, { headers })).text();
  await get(`${base}/get-injected`, { headers });
});
await get(`${base}/get?sig=query-secret`);
const headers = ['Host', `127.0.0.1:${port}`, 'X-Own', '1', 'Accept', 'a', 'Accept', 'b'];
await get({ port, host: '127.0.0.1', path: '/list', headers });
// Nobody has named this module before.
await once(process.getBuiltinModule('https').get('https://127.0.0.1:1/tls'), 'error');
console.log(JSON.stringify(seen));
server.close();
