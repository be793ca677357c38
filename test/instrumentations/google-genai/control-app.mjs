// SPDX-License-Identifier: Apache-2.0

// What policy can do, a line of JSON for each: `control-app.mjs <url> <major> <format>...`.
import { flow, isFlowError } from '@flow/register/api';
import { coverage } from '@flow/register/sdk';
import { load } from './load.mjs';
import { makeTool } from './tools.mjs';

const [url, major, ...formats] = process.argv.slice(2);
const model = 'gemini-3-flash';
const { settings } = globalThis[Symbol.for('flow.runtime.v1')].internals;

for (const [pass, format] of formats.entries()) {
  const sdk = await load(format);
  const clientFor = (what, httpOptions) =>
    new sdk.GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `${url}/${pass}-${format}-${what}`, ...httpOptions } });

  const show = async (what, run, register = () => [], httpOptions) => {
    let asked = 0;
    const count = () => void asked++;
    const counts = [flow.llm, flow.tool].map((kind) => kind.addConditionalExecution('count', count, { priority: -1 }));
    const registrations = register();
    let outcome;
    try {
      outcome = await run(clientFor(what.replaceAll(' ', '-'), httpOptions));
    } catch (error) {
      const found = isFlowError(error);
      outcome = {
        thrown: error.constructor.name,
        status: error.status,
        message: error.message,
        flow: found?.code,
        itself: found === error,
      };
    }
    for (const registration of [...counts, ...registrations]) registration.remove();
    console.log(JSON.stringify([format, what, outcome, asked]));
  };

  const generate = (ai, config) =>
    ai.models.generateContent({ model, contents: 'Hi', config }).then(({ text }) => text);
  const read = async (stream) => {
    const texts = [];
    for await (const { text } of await stream) texts.push(text);
    return texts;
  };
  const stream = (ai, config) => read(ai.models.generateContentStream({ model, contents: 'Hi', config }));
  const embed = (ai) =>
    ai.models
      .embedContent({ model: 'gemini-embedding-001', contents: ['a', 'b'] })
      .then(({ embeddings }) => embeddings);

  const reject = () => [flow.llm.addConditionalExecution('no', () => 'not today')];
  await show('rejected', generate, reject);
  await show('rejected stream', stream, reject);
  await show('rejected chat', (ai) => ai.chats.create({ model }).sendMessage({ message: 'Hi' }), reject);
  await show('rejected embedding', embed, reject);
  await show('rejected with retries', generate, reject, { retryOptions: { attempts: 3, initialDelay: 0.01 } });
  if (major !== '1' && process.env.TEST_VERSIONS !== 'oldest')
    await show('continued', stream, () => {
      const verdict = ({ request }) => (JSON.stringify(request.content).includes('token-1') ? 'no more' : undefined);
      return [flow.llm.addConditionalExecution('no', verdict)];
    });
  await show('broken guardrail', generate, () => [
    flow.llm.addConditionalExecution('broken', () => {
      throw new Error('out of order');
    }),
  ]);

  const rewrite = (change) => () => [
    flow.llm.addRequestIntercept('change', ({ request, annotated }) => change(request, annotated)),
  ];
  const sharper = ({ headers, content }) => ({
    headers: { ...headers, 'x-policy': 'on', 'x-own': null },
    content: { ...content, generationConfig: { temperature: 0 } },
  });
  await show(
    'rewritten',
    (ai) => generate(ai, { temperature: 1, httpOptions: { headers: { 'X-Own': 'a' } } }),
    rewrite(sharper),
  );
  const other = (_, annotated) => ({ annotated: { ...annotated, model: 'gemini-3-pro', instructions: 'Be kind' } });
  await show('another model', stream, rewrite(other));
  const masked = (_, annotated) => ({
    annotated: { ...annotated, messages: annotated.messages.map((each) => ({ ...each, content: '***' })) },
  });
  await show('embeddings rewritten', embed, rewrite(masked));

  const around = (layer) => () => [flow.llm.addExecutionIntercept('layer', layer)];
  const said = (text) => ({ candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }] });
  await show(
    'short circuit',
    generate,
    around(() => said('from the cache')),
  );
  await show(
    'tried again',
    generate,
    around(async (call, next) => {
      const tries = [];
      for (let index = 0; index < 3; index++)
        tries.push(
          await next().then(
            () => 'ok',
            (error) => [error.status, error.message],
          ),
        );
      const last = await next();
      return { ...last, candidates: said(JSON.stringify(tries)).candidates };
    }),
  );
  const aroundStream = (layer) => () => [flow.llm.addStreamExecutionIntercept('layer', layer)];
  await show(
    'wrapped stream',
    stream,
    aroundStream(async (call, next) => {
      const chunks = await next();
      return (async function* () {
        for await (const chunk of chunks) {
          const text = chunk.candidates[0].content.parts[0].text;
          yield { ...chunk, candidates: said(text.toUpperCase()).candidates };
        }
      })();
    }),
  );
  await show(
    'made up stream',
    stream,
    aroundStream(async function* () {
      yield said('one');
      yield said('two');
    }),
  );
  await show('left', async (ai) => {
    const closed = Promise.withResolvers();
    const layer = async (call, next) => {
      const chunks = await next();
      return (async function* () {
        try {
          yield* chunks;
        } finally {
          closed.resolve(true);
        }
      })();
    };
    const [layered] = aroundStream(layer)();
    for await (const _ of await ai.models.generateContentStream({ model, contents: 'Hi' })) break;
    layered.remove();
    return closed.promise;
  });

  const asked = [];
  const answers = async (ai, names = ['weather', 'news'], more = []) => {
    const tools = [makeTool(names, asked), ...more];
    const { text } = await ai.models.generateContent({ model, contents: 'Oslo', config: { tools } });
    return [text, asked.splice(0)];
  };
  const toolPolicy = (name, fn) => () => [flow.tool[name]('policy', fn)];
  await show('tools together', answers);
  const noNews = toolPolicy('addConditionalExecution', ({ name }) => (name === 'news' ? 'no news' : undefined));
  await show('a tool rejected', (ai) => answers(ai, ['news']), noNews);
  await show('a tool rejected in a stream', (ai) => stream(ai, { tools: [makeTool(['news'], asked)] }), noNews);
  await show('one of two rejected', answers, noNews);
  asked.splice(0);
  settings.toolRejection = 'answer';
  await show('one of two answered', answers, noNews);
  await show(
    'both answered',
    answers,
    toolPolicy('addConditionalExecution', () => 'never'),
  );
  settings.toolRejection = 'throw';
  await show(
    'tools rewritten',
    answers,
    toolPolicy('addRequestIntercept', ({ name, args }) => (name === 'news' ? { ...args, city: 'Rome' } : undefined)),
  );
  await show(
    'a tool replaced',
    answers,
    toolPolicy('addExecutionIntercept', ({ name }, next) => (name === 'news' ? { output: 'none' } : next())),
  );
  await show(
    'a tool replaced by text',
    (ai) => answers(ai, ['news']),
    toolPolicy('addExecutionIntercept', () => 'plain'),
  );
  for (const [what, result] of [
    ['nothing', undefined],
    ['null', null],
    ['a list', ['a', 'b']],
  ])
    await show(
      `a tool replaced by ${what}`,
      (ai) => answers(ai, ['news']),
      toolPolicy('addExecutionIntercept', () => result),
    );
  const notRome = toolPolicy('addConditionalExecution', ({ args }) => (args.city === 'Rome' ? 'not there' : undefined));
  for (const what of ['one of three', 'one of three with ids']) {
    settings.toolRejection = 'answer';
    await show(what, (ai) => answers(ai, ['news']), notRome);
    settings.toolRejection = 'throw';
  }
  await show(
    'a tool twice',
    (ai) => answers(ai, ['news']),
    toolPolicy('addExecutionIntercept', async (call, next) => {
      await next();
      return next({ city: 'Bergen' });
    }),
  );
  await show('one at a time', answers, () => {
    let last = Promise.resolve();
    return [flow.tool.addExecutionIntercept('turn', (call, next) => (last = last.then(() => next())))];
  });
  await show('several tools', (ai) => answers(ai, ['weather'], [makeTool(['news'], asked)]), noNews);
  const strict = {
    ...makeTool(['news'], asked),
    callTool: async () => {
      throw new Error('not mine');
    },
  };
  await show('a tool that knows only its own', (ai) => answers(ai, ['weather'], [strict]), noNews);
}
console.log(JSON.stringify(coverage().map(({ name, patched, missing, calls }) => ({ name, patched, missing, calls }))));
