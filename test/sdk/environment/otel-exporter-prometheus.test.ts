// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';

import { startCollector } from '../../support/collector/index.ts';
import { runTraced } from '../fixtures/traced-app.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'prometheus' };

it('OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT say where metrics can be asked for, from the first moment', async () => {
  const port = await freePort();
  const code = `
    const ask = async (path) => {
      const response = await fetch('http://127.0.0.1:${port}' + path);
      return [response.status, await response.text()];
    };
    const [early] = await ask('/metrics');
    meter.createCounter('requests', { description: 'how many' }).add(3, { kind: 'a' });
    const [status, text] = await ask('/metrics?x=1');
    const [missing] = await ask('/other');
    console.log(JSON.stringify({ early, status, missing, line: text.match(/^requests_total.*/m)?.[0] }));`;
  const at = { OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
  const { stdout, stderr, duration } = await runTraced({ env: { ...env, ...at }, code });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    early: 200,
    status: 200,
    missing: 404,
    line: 'requests_total{kind="a",otel_scope_name="app",otel_scope_version="1.2.3"} 3',
  });
  // Neither the server nor the connection that fetch keeps open holds the process.
  expect(duration).toBeLessThan(4500);
});

it('who asks for metrics is no caller of the application, which has servers of its own', async () => {
  const port = await freePort();
  const code = `
    const { createServer, get } = await import('node:http');
    const ask = (at, path) => new Promise((done) =>
      get({ host: '127.0.0.1', port: at, path, agent: false }, async (response) => done((await response.toArray()).join(''))));
    const server = createServer((_, response) => response.end()).listen(0, async () => {
      await ask(server.address().port, '/own');
      await ask(${port}, '/metrics');
      console.log((await ask(${port}, '/metrics')).match(/^http_server_\\w*count.* (\\d+)$/m)[1]);
      server.close();
    });`;
  const at = { OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
  const collector = await startCollector();
  const { stdout, stderr } = await runTraced({
    collector,
    env: { OTEL_METRICS_EXPORTER: 'prometheus', ...at },
    code,
  });
  await collector.close();
  expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' });
  const served = collector.spans.filter(({ kind }) => kind === 2);
  expect(served.map(({ attributes }) => attributes['url.path'])).toEqual(['/own']);
});

it('a port that is taken costs one line, never the application', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const at = { OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
  const code = `meter.createCounter('c').add(1); setTimeout(() => console.log('ran'), 50);`;
  const { stdout, stderr } = await runTraced({ env: { ...env, ...at }, code });
  server.close();
  expect(stdout).toBe('ran\n');
  expect(stderr).toMatch(
    /^flow: nobody can ask for metrics at [^\n]*EADDRINUSE[^\n]*OTEL_EXPORTER_PROMETHEUS_HOST[^\n]*\n$/,
  );
});
