// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';

let provider: OpenAiServer;
beforeAll(async () => {
  provider = await startOpenAiServer();
});
afterAll(() => provider.close());

/** Runs code after a policy; `body` and `tools` are ready to be used. Returns what it printed as JSON. */
async function run(policy: string, code: string): Promise<unknown> {
  const prelude = `import { flow } from '@flow/register/api';
    const body = { model: 'gpt-test', messages: [{ role: 'user', content: 'hi' }] };
    const answer = (value) => console.log(JSON.stringify(value));
    ${policy}\n`;
  const { stdout, stderr } = await runApp({
    args: ['--import', `${ROOT}/dist/esm/register.js`],
    code: prelude + code,
    env: { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk', OTEL_TRACES_EXPORTER: 'none' },
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

const NO_MODELS = `flow.llm.addConditionalExecution('no', () => 'no models');`;

describe('a guardrail holds', () => {
  it.each(['openai', 'openai/client', 'openai/client.mjs', 'openai/index.mjs', 'openai/client.js'])(
    'for a client that was imported from %s',
    async (specifier) => {
      const code = `const { OpenAI } = await import('${specifier}');
        answer(await new OpenAI().chat.completions.create(body).then(() => 'sent', (error) => error.code));`;
      expect(await run(NO_MODELS, code)).toBe('FLOW_GUARDRAIL_REJECTED');
    },
  );

  it.each(['openai', 'openai/client', 'openai/client.js'])(
    'for a client that was required from %s',
    async (specifier) => {
      const code = `const { createRequire } = await import('node:module');
      const { OpenAI } = createRequire('${ROOT}/package.json')('${specifier}');
      answer(await new OpenAI().chat.completions.create(body).then(() => 'sent', (error) => error.code));`;
      expect(await run(NO_MODELS, code)).toBe('FLOW_GUARDRAIL_REJECTED');
    },
  );

  it('for functions of a loop that was imported by itself', async () => {
    const code = `const { OpenAI } = await import('openai');
      const { ChatCompletionRunner } = await import('openai/lib/ChatCompletionRunner');
      let ran = 0;
      const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, parse: JSON.parse, function: () => String(++ran) } }];
      await ChatCompletionRunner.runTools(new OpenAI(), { ...body, tools }).finalContent().catch(() => undefined);
      answer(ran);`;
    expect(await run(`flow.tool.addConditionalExecution('no', () => 'no tools');`, code)).toBe(0);
  });

  it('for what is sent, whatever the application does to its request while the guardrail thinks', async () => {
    const policy = `flow.llm.addConditionalExecution('slow', async (call) => {
      const verdict = JSON.stringify(call.request.content).includes('EVIL') ? 'evil' : undefined;
      await new Promise((resolve) => setTimeout(resolve, 30));
      return verdict;
    });`;
    const code = `const { OpenAI } = await import('openai');
      const sent = new OpenAI().chat.completions.create(body);
      await new Promise((resolve) => setTimeout(resolve, 10));
      body.messages[0].content = 'EVIL';
      answer((await sent).choices[0].message.content);`;
    expect(await run(policy, code)).toContain('hi');
    expect(provider.requests.at(-1)?.raw.toString()).not.toContain('EVIL');
  });
});

it('a completion of a prompt is rewritten, replaced and wrapped chunk by chunk as other model calls are', async () => {
  const policy = `flow.llm.addRequestIntercept('polite', ({ annotated }) => ({
      annotated: { ...annotated, messages: [{ role: 'system', content: 'Be polite.' }, ...annotated.messages] },
    }));
    flow.llm.addExecutionIntercept('cached', ({ model }, next) =>
      model === 'cached' ? { id: 'c', choices: [{ index: 0, text: 'from a cache', finish_reason: 'stop' }] } : next());
    flow.llm.addStreamExecutionIntercept('loud', async (call, next) => {
      const chunks = await next();
      return (async function* () {
        for await (const chunk of chunks)
          yield { ...chunk, choices: chunk.choices.map((choice) => ({ ...choice, text: choice.text.toUpperCase() })) };
      })();
    });`;
  const code = `const { OpenAI } = await import('openai');
    const { completions } = new OpenAI();
    const text = async (model) => (await completions.create({ model, prompt: 'Hi' })).choices[0].text;
    let streamed = '';
    for await (const { choices } of await completions.create({ model: 'm', prompt: 'Hi', stream: true })) streamed += choices[0].text;
    answer([await text('m'), await text('cached'), streamed]);`;
  const before = provider.requests.length;
  const [plain, cached, streamed] = (await run(policy, code)) as string[];
  expect([cached, streamed]).toEqual(['from a cache', plain?.toUpperCase()]);
  const prompts = provider.requests.slice(before).map(({ body }) => (body as { readonly prompt: unknown }).prompt);
  expect(prompts).toEqual(['Be polite.\n\nHi', 'Be polite.\n\nHi']);
});

it('an abort while a guardrail is still thinking is the SDK’s own abort, and no request goes out', async () => {
  const before = provider.requests.length;
  const code = `const { OpenAI } = await import('openai');
    const started = performance.now();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await new OpenAI().chat.completions.create(body, { signal: controller.signal }).catch((reason) => reason);
    answer([error.constructor.name, performance.now() - started < 5000]); process.exit(0);`;
  const policy = `flow.llm.addConditionalExecution('thinks', () => new Promise(() => {}));`;
  expect(await run(policy, code)).toEqual(['APIUserAbortError', true]);
  expect(provider.requests).toHaveLength(before);
});

it('an execution intercept that forgets to return the response is told so', async () => {
  const code = `const { OpenAI } = await import('openai');
    answer(await new OpenAI().chat.completions.create(body).then(() => 'sent', (error) => error.code));`;
  const policy = `flow.llm.addExecutionIntercept('forgets', async (call, next) => { await next(); });`;
  expect(await run(policy, code)).toBe('FLOW_INVALID_ARGUMENT');
});

it('a tool object with private members works as it does without us', async () => {
  const code = `const { OpenAI } = await import('openai');
    class Secret {
      #secret = 'secret'; name = 'f'; parameters = { type: 'object', properties: {} };
      parse(text) { return [this.#secret, JSON.parse(text)]; }
      get function() { return async () => this.#secret; }
    }
    answer(await new OpenAI().chat.completions.runTools({ ...body, tools: [{ type: 'function', function: new Secret() }] }).finalContent());`;
  expect(await run('', code)).toContain('secret');
});
