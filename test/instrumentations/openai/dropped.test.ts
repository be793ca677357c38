// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';

// The server never ends its answer: only that what was dropped is collected can tell that nobody will read it.
const app = (drop: string): string => `
  import { createServer } from 'node:http';
  import { once } from 'node:events';
  import { flow } from '@flow/register/api';
  import OpenAI from 'openai';
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"delta":{"content":"a"}}]}\\n\\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { promise, resolve } = Promise.withResolvers();
  flow.addSubscriber('ends', (event) => {
    if (event.category === 'llm' && event.scope_category === 'end') resolve(event.metadata);
  });
  const openai = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:' + server.address().port + '/v1' });
  const body = { model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] };
  await (async () => { ${drop} })();
  const collecting = setInterval(gc, 5);
  console.log(JSON.stringify(await promise));
  clearInterval(collecting);
  server.closeAllConnections();
  server.close();
`;

async function endOf(drop: string): Promise<unknown> {
  const { code, stdout, stderr } = await runApp({
    args: ['--expose-gc', '--import', join(ROOT, 'dist/esm/register.js')],
    code: app(drop),
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('an answer that nobody reads', () => {
  it('ends its call as cancelled when a stream is dropped', async () => {
    expect(await endOf(`await openai.chat.completions.create(body);`)).toMatchObject({ cancelled: true });
  });

  it('ends its call as cancelled when a response is dropped', async () => {
    expect(await endOf(`await openai.chat.completions.create(body).asResponse();`)).toMatchObject({ cancelled: true });
  });
});
