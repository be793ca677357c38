// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';

// However an application spells a model call, a guardrail that rejects all of them must see it.
const APP = `
import { runInNewContext } from 'node:vm';
import OpenAI from 'openai';
import { flow } from '@flow/register/api';
flow.llm.addConditionalExecution('none', (call) => call.model === 'm' ? 'no models' : undefined);
class Params { model = 'm'; messages = [{ role: 'user', content: 'hi' }]; }
const body = { ...new Params() };
const client = new OpenAI({ maxRetries: 0 });
const ways = {
  class: () => client.chat.completions.create(new Params()),
  stream: () => client.chat.completions.create(Object.assign(new Params(), { stream: true })),
  prototype: () => client.chat.completions.create(Object.assign(Object.create({ temperature: 1 }), body)),
  realm: () => client.chat.completions.create(runInNewContext('(' + JSON.stringify(body) + ')')),
  responses: () => client.responses.create(Object.assign(new (class {})(), { model: 'm', input: 'hi' })),
  completion: () => client.completions.create({ model: 'm', prompt: 'hi' }),
  completions: () => client.completions.create({ model: 'm', prompt: ['hi', 'ho'], stream: true }),
  text: () => client.post('/chat/completions', { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  query: () => client.post('/chat/completions?a=1', { body }),
  fragment: () => client.post('/chat/completions#a', { body }),
  method: () => client.request({ method: 'POST', path: '/chat/completions', body }),
};
for (const [name, call] of Object.entries(ways))
  console.log(name, await call().then(() => 'went through', (error) => error.code));
`;

test('a guardrail sees a model call whatever its body, its path and its method look like', async () => {
  const server = await startOpenAiServer();
  const { stdout, stderr } = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    code: APP,
    env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk', OTEL_TRACES_EXPORTER: 'none' },
  });
  await server.close();
  const ways = [...APP.matchAll(/^ {2}(\w+): \(\) =>/gm)].map(([, way]) => way);
  expect(ways).toHaveLength(11);
  expect(stdout + stderr).toBe(ways.map((way) => `${way} FLOW_GUARDRAIL_REJECTED\n`).join(''));
  expect(server.requests).toEqual([]);
});
