// SPDX-License-Identifier: Apache-2.0

// What policy does to models and tools of the framework: one line of JSON for each case.
import { createRequire } from 'node:module';
import { flow, isFlowError } from '@flow/register/api';
import { coverage } from '@flow/register/sdk';

const [, , origin, format] = process.argv;
const require = createRequire(import.meta.url);
const load = format === 'cjs' ? require : (name) => import(name);
const agents = await load('@openai/agents');
const { default: OpenAI } = await load('openai');
const { z } = require('zod');

agents.setTracingDisabled(true);
const { Agent, Runner, tool, retryPolicies: policies } = agents;
const ran = [];
const city = z.object({ city: z.string() });
const weather = Object.freeze(
  tool({
    name: 'get_weather',
    description: 'weather',
    parameters: city,
    execute: async ({ city }) => (ran.push(city), `sunny in ${city}`),
  }),
);
let failures = 0;
const flaky = tool({
  name: 'flaky',
  description: 'fails once',
  parameters: city,
  execute: async () => {
    ran.push('flaky');
    if (failures++ === 0) throw new RangeError('not yet');
    return 'done';
  },
});
const slow = tool({
  name: 'slow',
  description: 'takes too long',
  parameters: city,
  timeoutMs: 5,
  execute: () => new Promise(() => ran.push('slow')),
});
const byHand = Object.freeze({
  type: 'function',
  name: 'by_hand',
  description: 'no tool() of the framework',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
  strict: true,
  invoke: async (_, input) => (ran.push(input), 'made'),
  needsApproval: async () => false,
  isEnabled: async () => true,
});
// Since 0.5.
const retry = policies && {
  maxRetries: 2,
  backoff: { initialDelayMs: 1 },
  policy: policies.any(policies.networkError(), policies.providerSuggested(), policies.httpStatus([408, 429, 500])),
};
const agent = (tools = [weather], options = {}) =>
  new Agent({ name: 'helper', instructions: 'help', model: 'gpt-4o', tools, modelSettings: { retry }, ...options });

const rejected = (error) => {
  const found = isFlowError(error);
  const where = found === error ? 'itself' : found === error.cause ? 'cause' : 'elsewhere';
  return [error.constructor.name, error.name, found?.code, found?.reason, where];
};

async function ask(runner, subject, stream) {
  if (!stream) return runner.run(subject, 'What is the weather in Paris?').then(outcome, rejected);
  const result = await runner.run(subject, 'What is the weather in Paris?', { stream: true });
  const texts = [];
  try {
    for await (const event of result) if (event.data?.type === 'output_text_delta') texts.push(event.data.delta);
    await result.completed;
    return [...outcome(result), texts.join('')];
  } catch (error) {
    const later = await result.completed.catch(rejected);
    return [rejected(error), later[0] === error.constructor.name];
  }
}
const outcome = (result) => [result.finalOutput];

let calls = 0;
let modelProvider;
async function check(name, kind, add, { subject = agent(), stream = false, api = 'responses' } = {}) {
  agents.setOpenAIAPI(api);
  const client = new OpenAI({ apiKey: 'k', baseURL: `${origin}/${name.replaceAll(' ', '-')}/v1`, maxRetries: 2 });
  modelProvider = new agents.OpenAIProvider({ openAIClient: client, useResponses: api === 'responses' });
  // What agents that are tools ask in earlier versions.
  agents.setDefaultModelProvider(modelProvider);
  const runner = new Runner({ modelProvider });
  calls = failures = 0;
  ran.length = 0;
  const registrations = add(flow[kind]);
  const seen = await ask(runner, subject, stream);
  for (const registration of [registrations].flat()) registration.remove();
  console.log(JSON.stringify({ name, seen, calls, ran }));
}

const count = (value) => () => (calls++, value);
for (const api of ['responses', 'chat_completions'])
  for (const stream of [false, true]) {
    const at = `${api} ${stream ? 'stream' : 'run'}`;
    const options = { stream, api };
    await check(`${at}: model refused`, 'llm', (on) => on.addConditionalExecution('guard', count('no')), options);
    await check(`${at}: tool refused`, 'tool', (on) => on.addConditionalExecution('guard', count('no')), options);
    await check(
      `${at}: request rewritten`,
      'llm',
      (on) =>
        on.addRequestIntercept('rewrite', ({ request }) => {
          calls++;
          return {
            headers: { ...request.headers, 'x-team': 'blue' },
            content: { ...request.content, temperature: 0.5 },
          };
        }),
      options,
    );
  }
await check('tool refused by hand', 'tool', (on) => on.addConditionalExecution('guard', count('no')), {
  subject: agent([byHand]),
});
await check('arguments and result changed', 'tool', (on) => [
  on.addRequestIntercept('north', ({ args }) => ({ ...args, city: 'Oslo' })),
  on.addExecutionIntercept('loud', async (_, next) => `${await next()}!`),
]);
await check(
  'a failing tool retried',
  'tool',
  (on) => on.addExecutionIntercept('again', (_, next) => (calls++, next().catch(() => next()))),
  { subject: agent([flaky]) },
);
await check('a failing tool', 'tool', () => [], { subject: agent([flaky]) });
// Earlier versions wait for ever.
if (slow.timeoutMs !== undefined)
  await check(
    'a tool whose time is up',
    'tool',
    (on) =>
      on.addExecutionIntercept('note', (_, next) =>
        next().catch((error) => {
          calls++;
          throw error;
        }),
      ),
    { subject: agent([slow]) },
  );
await check('a tool replaced', 'tool', (on) => on.addExecutionIntercept('cached', count('from the cache')));
await check(
  'the same without arguments',
  'tool',
  (on) => on.addExecutionIntercept('pass', (_, next) => (calls++, next())),
  {
    subject: agent([byHand]),
  },
);
await check(
  'a model asked twice',
  'llm',
  (on) => on.addExecutionIntercept('twice', async (_, next) => (calls++, await next(), next())),
  { subject: agent([]) },
);
await check(
  'a stream wrapped',
  'llm',
  (on) =>
    on.addStreamExecutionIntercept('loud', async function* (_, next) {
      calls++;
      const up = (chunk, text) => (typeof text === 'string' ? text.toUpperCase() : text);
      for await (const chunk of await next()) yield chunk.delta ? { ...chunk, delta: up(chunk, chunk.delta) } : chunk;
    }),
  { subject: agent([]), stream: true },
);
const inner = agent();
await check(
  'the model of an agent that is a tool refused',
  'llm',
  (on) =>
    on.addConditionalExecution(
      'guard',
      ({ request }) => (calls++, request.content.instructions === 'inner' ? 'no' : undefined),
    ),
  {
    subject: agent([
      agent([], { name: 'inner', instructions: 'inner' }).asTool({ toolName: 'ask', toolDescription: 'asks' }),
    ]),
  },
);
await check(
  'a tool of an agent that is a tool refused',
  'tool',
  (on) => on.addConditionalExecution('guard', ({ name }) => (calls++, name === 'get_weather' ? 'no' : undefined)),
  {
    subject: agent([inner.asTool({ toolName: 'ask', toolDescription: 'asks' })]),
  },
);
await check('a guardrail whose model is refused', 'llm', (on) => on.addConditionalExecution('guard', count('no')), {
  subject: agent([], {
    inputGuardrails: [
      {
        name: 'judged',
        runInParallel: false,
        execute: async () => new Runner({ modelProvider }).run(agent([]), 'Hello'),
      },
    ],
  }),
});
console.log(JSON.stringify(coverage().filter(({ name, calls }) => name.startsWith('@openai') && calls > 0)));
