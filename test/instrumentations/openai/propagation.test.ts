// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';

const APP = `
import OpenAI from 'openai';
import { flow } from '@flow/register/api';
const client = new OpenAI({ maxRetries: 0 });
const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
const ask = async () => {
  await client.chat.completions.create(body, { headers: { 'x-own': '1' } });
  for await (const _ of await client.chat.completions.create({ ...body, stream: true }));
};
await flow.scope.run('outer', { type: 'agent', metadata: { session_id: 'A' } }, () =>
  flow.scope.run('inner', { type: 'agent', metadata: { thread_id: 'B' } }, async () => {
    await ask();
    flow.llm.addExecutionIntercept('pass', (call, next) => next());
    flow.llm.addStreamExecutionIntercept('pass', (call, next) => next());
    await ask();
  }));
`;
const NAMES = ['traceparent', 'x-dynamo-session-id', 'x-dynamo-parent-session-id'];

async function headersWith(propagate: Record<string, string>): Promise<Record<string, unknown>[]> {
  const server = await startOpenAiServer();
  onTestFinished(() => server.close());
  const { code, stderr } = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    code: APP,
    env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk', OTEL_TRACES_EXPORTER: 'none', ...propagate },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(server.requests).toHaveLength(4);
  expect(server.requests.map(({ headers }) => headers['x-own'])).toEqual(['1', undefined, '1', undefined]);
  return server.requests.map(({ headers }) =>
    Object.fromEntries(NAMES.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
  );
}

test('requests of an unmodified application carry nothing by default', async () => {
  expect(await headersWith({})).toEqual([{}, {}, {}, {}]);
});

test('they carry the sessions of the agents around them where that is asked for, streamed or not, wrapped or not', async () => {
  const sessions = { 'x-dynamo-session-id': 'B', 'x-dynamo-parent-session-id': 'A' };
  const headers = await headersWith({ FLOW_PROPAGATE_TO_MODELS: 'session' });
  expect(headers).toEqual([sessions, sessions, sessions, sessions]);
});
