// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';
import { makeTree, packageOf } from './installed.ts';

const tree = makeTree({ openai: packageOf(7) });
afterAll(() => rmSync(tree, { recursive: true }));

it('calls of an application whose Flow is replaced on disk while it runs are observed as ever', async () => {
  const flow = join(tree, 'flow');
  mkdirSync(flow);
  cpSync(join(ROOT, 'package.json'), join(flow, 'package.json'));
  cpSync(join(ROOT, 'dist'), join(flow, 'dist'), { recursive: true, filter: (path) => !/[\\/]types$/.test(path) });
  symlinkSync(join(ROOT, 'node_modules'), join(flow, 'node_modules'));
  rmSync(join(tree, 'node_modules/@flow/register'));
  symlinkSync(flow, join(tree, 'node_modules/@flow/register'));
  writeFileSync(
    join(tree, 'app.mjs'),
    `import { rmSync } from 'node:fs';
    import { OpenAI } from 'openai';
    import { flow } from '@flow/register/api';
    rmSync(new URL('./flow/dist', import.meta.url), { recursive: true });
    const ended = [];
    flow.addSubscriber('ended', (event) => {
      if (event.scope_category === 'end') ended.push([event.name, event.category_profile.annotated_response.message]);
    });
    const chunk = { choices: [{ index: 0, delta: { content: 'hi' } }] };
    const reply = { choices: [{ index: 0, message: { role: 'assistant', content: 'hi' } }] };
    const fetch = async (_, { body }) => JSON.parse(body).stream
      ? new Response('data: ' + JSON.stringify(chunk) + '\\n\\ndata: [DONE]\\n\\n', { headers: { 'content-type': 'text/event-stream' } })
      : new Response(JSON.stringify(reply), { headers: { 'content-type': 'application/json' } });
    const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch });
    const request = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    await client.chat.completions.create(request);
    for await (const _ of await client.chat.completions.create({ ...request, stream: true }));
    await flow.flush();
    console.log(JSON.stringify(ended));`,
  );
  const env = {
    FLOW_SEMCONV: 'gen_ai,openinference,atof',
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
  const args = ['--import', join(flow, 'dist/esm/register.js')];
  const { code, stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual([
    ['openai', 'hi'],
    ['openai', 'hi'],
  ]);
});
