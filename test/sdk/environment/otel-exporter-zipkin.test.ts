// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { runTraced } from '../fixtures/traced-app.ts';

it('OTEL_EXPORTER_ZIPKIN_ENDPOINT gets spans in the form of Zipkin, also of a process that ends at once', async () => {
  const received: unknown[] = [];
  const server = createServer(async (request, response) => {
    received.push({ path: request.url, spans: await json(request) });
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = {
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: `http://127.0.0.1:${port}/api/v2/spans`,
    OTEL_SERVICE_NAME: 'agent',
  };
  const { stderr } = await runTraced({ env, code: `span('x', { kind: 2, attributes: { a: 1 } }); process.exit(0);` });
  server.close();
  expect(stderr).toBe('');
  const span = { name: 'x', kind: 'CLIENT', localEndpoint: { serviceName: 'agent' }, tags: { a: '1' } };
  expect(received).toMatchObject([{ path: '/api/v2/spans', spans: [span] }]);
});

it('OTEL_EXPORTER_ZIPKIN_ENDPOINT and OTEL_EXPORTER_ZIPKIN_TIMEOUT have the defaults of the specification', () => {
  expect(readSettings({}).zipkin).toEqual({ url: 'http://localhost:9411/api/v2/spans', timeoutMillis: 10_000 });
  expect(readSettings({ OTEL_EXPORTER_ZIPKIN_TIMEOUT: '5' }).zipkin.timeoutMillis).toBe(5);
});

it('a Zipkin server that is not there costs one line that names its variable, and the end of the process does not wait', async () => {
  const env = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://127.0.0.1:1/spans' };
  const { stderr } = await runTraced({ env, code: `span('x');` });
  expect(stderr).toMatch(/^flow: 1 span lost [^\n]*ECONNREFUSED[^\n]*set OTEL_EXPORTER_ZIPKIN_ENDPOINT[^\n]*\n$/);
});
