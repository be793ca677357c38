// SPDX-License-Identifier: Apache-2.0

// What policy does to models and tools of the SDK, a line of JSON for each: `control-app.mjs <major> <format> <base>`.
import { flow, isFlowError } from '@flow/register/api';
import { coverage } from '@flow/register/sdk';
import { customModel, text } from './custom-model.mjs';
import { loadPackages } from './load.mjs';
import { settled } from './settled.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
process.on('unhandledRejection', (error) => console.log(JSON.stringify(['unhandled', String(error)])));
const [major, format, base] = process.argv.slice(2);
const { ai, z, createOpenAI } = await loadPackages(format);
const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent;
const stopWhen = ai.stepCountIs(3);

let sent = [];
const fetch = (url, init) => {
  const { messages, input, temperature } = JSON.parse(init.body);
  const said = messages?.at(-1).content ?? input;
  sent.push([
    typeof said === 'string' ? said : JSON.stringify(said),
    temperature,
    new Headers(init.headers).get('x-by-policy'),
  ]);
  return globalThis.fetch(url, init);
};
const openai = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1`, fetch });
const model = openai.chat('gpt-test');
const ran = [];
const add = {
  description: 'adds',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }, { toolCallId }) => (ran.push([a, b, typeof toolCallId]), a + b),
};
const count = {
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  async *execute({ a }) {
    for (let at = 1; at <= a; at++) yield ((ran.push(at), at));
  },
};

// As the error or its cause: not in a member that only the SDK's own errors have.
const refusalOf = (error) => [error, error.cause].find((each) => each !== undefined && isFlowError(each) === each);
const told = (error) => ({
  name: error.name,
  itself: error.code === 'FLOW_GUARDRAIL_REJECTED',
  flow: refusalOf(error)?.code,
  message: error.message,
});

async function show(what, run, ...registrations) {
  let asked = 0;
  const looks = [flow.llm, flow.tool].map((on) =>
    on.addConditionalExecution('count', () => void asked++, { priority: -1 }),
  );
  const made = registrations.map((register) => register());
  let outcome;
  try {
    outcome = { value: await run() };
  } catch (error) {
    outcome = { thrown: told(error) };
  }
  for (const registration of [...looks, ...made]) registration.remove();
  console.log(JSON.stringify([what, outcome, { asked, sent: sent.splice(0), ran: ran.splice(0) }]));
}

const reject = () => flow.llm.addConditionalExecution('no', () => 'not today');
const breakTools = () =>
  flow.tool.addConditionalExecution('broken tool policy', () => {
    throw new Error('a secret of policy');
  });
const rejectTools = () => flow.tool.addConditionalExecution('no', () => 'not today');
const intercept = (layer) => () => flow.llm.addExecutionIntercept('layer', layer);
const interceptStream = (layer) => () => flow.llm.addStreamExecutionIntercept('layer', layer);
const rewrite = (change) => () => flow.llm.addRequestIntercept('change', change);
const interceptTool = (layer) => () => flow.tool.addExecutionIntercept('layer', layer);
const generate = (options = {}) => ai.generateText({ model, prompt: 'hello', ...options });
const said = async (options) => (await generate(options)).text;
const stream = (options = {}) => {
  const errors = [];
  const result = ai.streamText({
    model,
    prompt: 'hello',
    onError: ({ error }) => errors.push(told(error)),
    ...options,
  });
  return { result, errors };
};
const streamed = async (options) => {
  const { result, errors } = stream(options);
  const parts = [];
  for await (const part of result.fullStream)
    if (part.type === 'error' || part.type === 'tool-error') parts.push([part.type, told(part.error)]);
  return [parts, errors, await settled(result.text).catch(told)];
};
const steps = ({ steps }) =>
  steps.map(({ content }) => content.map(({ type, output, error }) => [type, output, error && told(error)]));
const tools = { add };

// Policy is asked about a tool when the caller leaves.
const leaving = new AbortController();
await show(
  'left while policy is asked',
  () => generate({ tools, prompt: 'add', abortSignal: leaving.signal, stopWhen: ai.stepCountIs(3) }),
  () => flow.tool.addConditionalExecution('slow', async () => leaving.abort()),
);

// Models.
await show('rejected', generate, reject);
await show('rejected by responses', () => generate({ model: openai('gpt-test') }), reject);
const completion = openai.completion('gpt-test');
const prompt = [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }];
await show('completion, rejected', () => generate({ model: completion }), reject);
await show('completion, asked by the application, rejected', () => completion.doGenerate({ prompt }), reject);
await show('rejected object', () => ai.generateObject({ model, schema: z.object({}), prompt: 'x' }), reject);
await show('rejected stream', streamed, reject);
await show(
  'rejected stream of an object',
  () => settled(ai.streamObject({ model, schema: z.object({}), prompt: 'x', onError() {} }).object),
  reject,
);
await show(
  'rejected embeddings',
  () => ai.embedMany({ model: openai.textEmbeddingModel('e'), values: ['a', 'b'] }),
  reject,
);
await show('rejected agent', () => new Agent({ id: 'helper', model }).generate({ prompt: 'hello' }), reject);
let turns = 0;
const second = () => flow.llm.addConditionalExecution('no', () => (turns++ === 1 ? 'not again' : undefined));
await show('rejected when it is tried again', () => generate({ prompt: 'answer 503' }), second);
const unreachable = () => {
  throw Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
  });
};
await show('guardrail whose service is away', generate, () => flow.llm.addConditionalExecution('broken', unreachable));
await show(
  'rewritten',
  said,
  rewrite(({ request }) => ({
    headers: { ...request.headers, 'x-by-policy': 'yes' },
    content: { ...request.content, temperature: 0, messages: [{ role: 'user', content: 'goodbye' }] },
  })),
);
await show(
  'tried again',
  said,
  intercept(async (call, next) => (await next(), next())),
);
await show(
  'tried again after an error',
  () => said({ prompt: 'answer 503 once', maxRetries: 0 }),
  intercept(async (call, next) => next().catch(() => next())),
);
const answer = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'made up' } }];
await show(
  'replaced',
  said,
  intercept(() => ({ ...answer, choices })),
);
async function* shouted(chunks) {
  for await (const chunk of chunks) {
    const [choice] = chunk.choices;
    yield choice?.delta?.content
      ? { ...chunk, choices: [{ ...choice, delta: { ...choice.delta, content: choice.delta.content.toUpperCase() } }] }
      : chunk;
  }
}
await show(
  'changed stream',
  streamed,
  interceptStream(async (call, next) => shouted(await next())),
);
await show(
  'stream cut by policy',
  streamed,
  interceptStream(async (call, next) =>
    (async function* () {
      for await (const chunk of await next()) {
        yield chunk;
        throw new RangeError('enough');
      }
    })(),
  ),
);

// Tools.
await show('rejected tool', async () => steps(await generate({ tools, stopWhen })), rejectTools);
await show('tool over which policy fails', async () => steps(await generate({ tools, stopWhen })), breakTools);
await show('rejected tool in a stream', () => streamed({ tools, stopWhen }), rejectTools);
await show(
  'rewritten tool',
  async () => steps(await generate({ tools, stopWhen })),
  () => flow.tool.addRequestIntercept('more', ({ args }) => ({ ...args, a: 40 })),
);
await show(
  'replaced tool',
  async () => steps(await generate({ tools, stopWhen })),
  interceptTool(() => 'made up'),
);
await show(
  'repeated tool',
  async () => steps(await generate({ tools, stopWhen })),
  interceptTool(async (call, next) => (await next(), next({ a: 5, b: 5 }))),
);
await show(
  'rewritten generator',
  async () => steps(await generate({ tools: { count }, stopWhen })),
  () => flow.tool.addRequestIntercept('more', ({ args }) => ({ ...args, a: 3 })),
);
await show('names and ids', async () => {
  const seen = [];
  const look = flow.tool.addConditionalExecution(
    'look',
    ({ name, id, args }) => void seen.push([name, typeof id, args]),
  );
  const other = { ...add };
  await generate({ tools: { add, plus: add, other }, stopWhen });
  await new Agent({ model, tools: { sum: add }, stopWhen }).generate({ prompt: 'go' });
  for await (const part of stream({ tools: { more: add }, stopWhen }).result.textStream) void part;
  look.remove();
  return seen.map(([name, id]) => [name, id]);
});

// Models without a seam beneath.
const own = () => customModel(major, (options) => text(JSON.stringify(options.prompt.at(-1).content)));
const asks = () =>
  customModel(major, (_, turn) =>
    turn % 2 === 1
      ? [{ type: 'tool-call', toolCallId: `c${turn}`, toolName: 'add', input: '{"a":1,"b":2}' }]
      : text('done'),
  );
await show('own model, rejected', () => generate({ model: own() }), reject);
// As `@openrouter/ai-sdk-provider` has it, whose provider utilities are bundled into it.
const bundled = () => Object.assign(own(), { provider: 'openrouter', config: { headers: () => ({}) } });
await show('model of a provider with utilities of its own, rejected', () => generate({ model: bundled() }), reject);
await show('own model, rejected stream', () => streamed({ model: own() }), reject);
await show('own model of an agent, rejected', () => new Agent({ model: own() }).generate({ prompt: 'hello' }), reject);
await show(
  'own model, rewritten',
  () => said({ model: own() }),
  rewrite(({ annotated }) => ({ annotated: { ...annotated, messages: [{ role: 'user', content: 'goodbye' }] } })),
);
await show(
  'own model, replaced',
  () => said({ model: own() }),
  intercept(async (call, next) => ({ ...(await next()), content: text('made up') })),
);
await show(
  'own model, changed stream',
  async () => (await streamed({ model: own() }))[2],
  interceptStream(async (call, next) =>
    (async function* () {
      for await (const part of await next())
        yield part.type === 'text-delta' ? { ...part, delta: part.delta.toUpperCase() } : part;
    })(),
  ),
);
await show('own model with tools', async () => steps(await generate({ model: asks(), tools, stopWhen })), rejectTools);

// By their names.
const specificationVersion = own().specificationVersion;
const named = (provider, run) => () => {
  globalThis.AI_SDK_DEFAULT_PROVIDER = { specificationVersion, ...provider };
  return run().finally(() => delete globalThis.AI_SDK_DEFAULT_PROVIDER);
};
let found = 0;
const homemade = { languageModel: (modelId) => (found++, Object.assign(own(), { modelId })) };
await show(
  'own model by name, rejected',
  named(homemade, () => generate({ model: 'tiny' })),
  reject,
);
await show(
  'own model by name, rejected stream',
  named(homemade, () => streamed({ model: 'tiny' })),
  reject,
);
await show(
  'own model by name of an agent, rejected',
  named(homemade, () => new Agent({ model: 'tiny' }).generate({ prompt: 'hello' })),
  reject,
);
await show(
  'own model by name for a step, rejected',
  named(homemade, () => generate({ prepareStep: () => ({ model: 'tiny' }) })),
  reject,
);
await show(
  'own model of another version by name, rejected',
  named({ languageModel: () => ({ ...own(), specificationVersion: 'v1' }) }, () =>
    ai.generateObject({ model: 'tiny', schema: z.object({}), prompt: 'x' }),
  ),
  reject,
);
found = 0;
await show(
  'own model by name',
  named(homemade, async () => {
    const shown = [];
    const prepareStep = ({ model }) => void shown.push(model.modelId);
    return [await said({ model: 'tiny', prepareStep }), shown, found];
  }),
);
await show(
  'unknown name',
  named(
    {
      languageModel() {
        throw new ai.NoSuchModelError({ modelId: 'tiny', modelType: 'languageModel' });
      },
    },
    () => generate({ model: 'tiny' }),
  ),
);
// Of the SDK's own gateway, where the application has set no provider.
process.env.AI_GATEWAY_API_KEY = 'k';
await show('unset provider, rejected', () => generate({ model: 'openai/gpt-test' }), reject);
await show('unset provider, rejected embeddings', () => ai.embed({ model: 'openai/e', value: 'a' }), reject);
if (ai.createGateway) {
  const gateway = ai.createGateway({ apiKey: 'k', baseURL: `${base}/gateway`, fetch });
  await show(
    'model of the gateway, rejected',
    named(gateway, () => generate({ model: 'openai/gpt-test' })),
    reject,
  );
  await show(
    'model of the gateway, rejected stream',
    named(gateway, () => streamed({ model: 'openai/gpt-test' })),
    reject,
  );
  await show(
    'embeddings of the gateway, rejected',
    named(gateway, () => ai.embed({ model: 'openai/e', value: 'a' })),
    reject,
  );
}

// With middleware of the SDK around them.
const wrapped = (middleware, model = own()) =>
  ai.wrapLanguageModel({ model, middleware: { specificationVersion, ...middleware } });
await show('own model with middleware, rejected', () => generate({ model: wrapped({}) }), reject);
await show('own model with middleware, asked by the application', () => wrapped({}).doGenerate({ prompt: [] }), reject);
await show(
  'own model that middleware answers for',
  () => said({ model: wrapped({ wrapGenerate: () => own().doGenerate({ prompt: [{ content: 'kept' }] }) }) }),
  reject,
);

// Embeddings without a seam beneath.
const embedder = {
  specificationVersion,
  provider: 'homemade',
  modelId: 'vectors',
  maxEmbeddingsPerCall: 2,
  supportsParallelCalls: false,
  doEmbed: async ({ values }) => ({
    embeddings: values.map((value) => [value.length]),
    usage: { tokens: values.length },
    warnings: [],
  }),
};
const vectors = { languageModel: own, embeddingModel: () => embedder, textEmbeddingModel: () => embedder };
const embedMany = async (model) => (await ai.embedMany({ model, values: ['a', 'bc', 'def'] })).embeddings;
await show('own embeddings', () => embedMany(embedder));
await show('own embeddings, rejected', () => embedMany(embedder), reject);
await show(
  'own embeddings by name, rejected',
  named(vectors, () => ai.embed({ model: 'vectors', value: 'a' })),
  reject,
);
await show(
  'own embeddings, rewritten',
  () => embedMany(embedder),
  rewrite(({ annotated }) => ({
    annotated: { ...annotated, messages: annotated.messages.map((each) => ({ ...each, content: 'four' })) },
  })),
);

const rows = coverage().map(({ name, missing, calls }) => ({ name, missing, calls }));
console.log(JSON.stringify(rows));
