// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(() => server.close());

const CODE = `
  import OpenAI from 'openai';
  import { flow, isFlowError } from '@flow/register/api';
  flow.tool.addConditionalExecution('no-mail', () => 'ask a person');
  const parameters = { type: 'object', properties: { to: { type: 'string' } } };
  const send_mail = { name: 'send_mail', description: 'Sends mail', parameters, parse: JSON.parse, function: () => console.log('sent') };
  const runner = new OpenAI().chat.completions.runTools({
    model: 'gpt-test',
    messages: [{ role: 'user', content: 'Mail to anna' }],
    tools: [{ type: 'function', function: send_mail }],
  });
  await runner.finalContent().then(
    () => console.log(runner.messages.find(({ role }) => role === 'tool').content),
    (error) => console.log(isFlowError(error).message),
  );
`;

describe('a function of runTools that policy rejects', () => {
  const run = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      code: CODE,
      env: {
        OPENAI_BASE_URL: server.url,
        OPENAI_API_KEY: 'k',
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        ...env,
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.trim();
  };

  it('ends the loop with the rejection', async () => {
    expect(await run({})).toBe('guardrail rejected: ask a person');
  });

  it('is told to the model where the setting says so', async () => {
    expect(await run({ FLOW_TOOL_REJECTION: 'answer' })).toBe('The call was rejected: ask a person');
  });
});
