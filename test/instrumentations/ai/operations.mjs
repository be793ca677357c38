// SPDX-License-Identifier: Apache-2.0
import { customModel, text } from './custom-model.mjs';
import { settled } from './settled.mjs';

/** Everything that an application does with the SDK: name and what came of it, in order. */
export async function* operations({ ai, z, createOpenAI, createAnthropic }, major, base) {
  const openai = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1` });
  const chat = openai.chat('gpt-test');
  const stopWhen = ai.stepCountIs(5);
  const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent;
  const settings = major === '5' ? 'system' : 'instructions';

  class Clock {
    #city = 'Rome';
    description = 'tells the time';
    inputSchema = z.object({ zone: z.string() });
    async execute({ zone }, { toolCallId }) {
      return `${this.#city} ${zone} ${typeof toolCallId}`;
    }
    toModelOutput(given) {
      return { type: 'text', value: `${this.#city}: ${given?.output ?? given}` };
    }
    onInputAvailable({ input }) {
      input.zone += `, ${this.#city}`;
    }
  }
  const slow = ai.tool({
    inputSchema: z.object({ n: z.number() }),
    // Later than the others: which of several tools that take no time is first, nobody promises.
    async *execute() {
      for (const each of ['one', 'two']) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        yield each;
      }
    },
  });
  const broken = ai.tool({
    inputSchema: z.object({}),
    execute: async () => {
      throw new TypeError('out of order');
    },
  });
  const add = Object.freeze({
    description: 'adds',
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    execute: ({ a, b }) => a + b,
  });
  const ask = Object.freeze({ inputSchema: z.object({ question: z.string() }) });
  const tools = Object.freeze({ add, clock: new Clock(), slow, broken });

  const told = ({ text, finishReason, usage, steps, toolCalls }) => ({
    text,
    finishReason,
    usage: [usage.inputTokens, usage.outputTokens],
    calls: toolCalls?.map(({ toolName }) => toolName),
    steps: steps?.map(({ content }) =>
      content.map(({ type, toolName, output, error }) => [type, toolName, output, String(error ?? '')]),
    ),
  });
  const parts = async (stream) => {
    const seen = [];
    for await (const part of stream)
      seen.push([part.type, part.text, part.toolName, part.output, part.preliminary, part.error && String(part.error)]);
    return seen;
  };
  const all = async (stream) => {
    const seen = [];
    for await (const part of stream) seen.push(part);
    return seen;
  };
  const stream = (options) => {
    const events = [];
    const note = (name) => (event) => void events.push([name, event?.error && String(event.error)]);
    const result = ai.streamText({
      onError: note('error'),
      onFinish: note('finish'),
      onStepFinish: note('step'),
      onAbort: note('abort'),
      ...options,
    });
    return { result, events };
  };

  yield ['generate', () => ai.generateText({ model: chat, prompt: 'hello' }).then(told)];
  yield [
    'generate by responses',
    () => ai.generateText({ model: openai('gpt-test'), system: 'be kind', prompt: 'hello', temperature: 0 }).then(told),
  ];
  yield [
    'generate with messages',
    async () => {
      const result = await ai.generateText({
        model: chat,
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
        headers: { 'x-own': '1' },
      });
      return [
        result.request.body?.model ?? result.request.body,
        result.response.modelId,
        result.response.id,
        result.warnings,
      ];
    },
  ];
  yield ['tools', () => ai.generateText({ model: chat, tools, stopWhen, prompt: 'use them' }).then(told)];
  yield [
    'tools of the client',
    () => ai.generateText({ model: chat, tools: { ask }, stopWhen, prompt: 'use it' }).then(told),
  ];
  yield [
    'another model for a step',
    async () => {
      const seen = [];
      const other = customModel(major, () => text('by the other'));
      const prepareStep = ({ model, stepNumber }) => {
        seen.push(model === chat);
        return stepNumber === 1 ? { model: other } : undefined;
      };
      const result = await ai.generateText({ model: chat, tools: { add }, stopWhen, prepareStep, prompt: 'go' });
      return [result.text, seen, result.steps.length, other.asked.length];
    },
  ];
  yield [
    'object',
    async () =>
      (await ai.generateObject({ model: chat, schema: z.object({ city: z.string() }), prompt: 'one' })).object,
  ];
  yield [
    'object as a stream',
    async () => {
      const result = ai.streamObject({ model: chat, schema: z.object({ city: z.string() }), prompt: 'one' });
      const partial = await all(result.partialObjectStream);
      return [partial.length > 0, await result.object, (await result.usage).outputTokens];
    },
  ];
  yield ['stream of text', async () => all(stream({ model: chat, prompt: 'hello' }).result.textStream)];
  yield ['full stream', async () => parts(stream({ model: openai('gpt-test'), prompt: 'hello' }).result.fullStream)];
  yield [
    'full stream with tools',
    async () => {
      const { result, events } = stream({ model: chat, tools, stopWhen, prompt: 'use them' });
      const seen = await parts(result.fullStream);
      return [seen, events, await result.finishReason, (await result.steps).length];
    },
  ];
  yield [
    'text, twice',
    async () => {
      const { result } = stream({ model: chat, prompt: 'hello' });
      const [first, second] = await Promise.all([all(result.textStream), all(result.textStream)]);
      return [
        first.join('') === second.join(''),
        await result.text,
        result instanceof Object,
        typeof result.toUIMessageStreamResponse,
      ];
    },
  ];
  yield [
    'for a page',
    async () =>
      (await all(stream({ model: chat, tools, stopWhen, prompt: 'use them' }).result.toUIMessageStream())).map(
        ({ type, output }) => [type, output],
      ),
  ];
  yield [
    'left early',
    async () => {
      const { result } = stream({ model: chat, prompt: 'hello' });
      for await (const delta of result.textStream) return typeof delta;
    },
  ];
  yield [
    'aborted stream',
    async () => {
      const controller = new AbortController();
      const { result, events } = stream({ model: chat, prompt: 'hang', abortSignal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      const seen = await parts(result.fullStream);
      return [seen.map(([type]) => type), events.map(([name]) => name)];
    },
  ];
  yield [
    'aborted',
    () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      return ai.generateText({ model: chat, prompt: 'hang', abortSignal: controller.signal });
    },
  ];
  yield ['aborted before', () => ai.generateText({ model: chat, prompt: 'hello', abortSignal: AbortSignal.abort() })];
  yield ['error', () => ai.generateText({ model: chat, prompt: 'answer 400' })];
  yield ['error, again and again', () => ai.generateText({ model: chat, prompt: 'answer 503', maxRetries: 2 })];
  yield ['error, once', () => ai.generateText({ model: chat, prompt: 'answer 503 once', maxRetries: 2 }).then(told)];
  yield [
    'error of a stream',
    async () => {
      const { result, events } = stream({ model: chat, prompt: 'answer 400' });
      const seen = await parts(result.fullStream);
      return [
        seen,
        events,
        await settled(result.text).catch((error) => [error.name, error.message, String(error.cause)]),
      ];
    },
  ];
  yield [
    'error in a stream',
    async () => {
      const { result, events } = stream({ model: chat, prompt: 'fail midway' });
      return [(await parts(result.fullStream)).map(([type, , , , , error]) => [type, error]), events];
    },
  ];
  yield ['no JSON', () => ai.generateText({ model: chat, prompt: 'no json', maxRetries: 0 })];
  yield ['unknown model', () => ai.generateText({ model: 42, prompt: 'x' })];
  yield ['no prompt', () => ai.generateText({ model: chat })];
  yield [
    'nobody there',
    () =>
      ai.generateText({
        model: createOpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' }).chat('m'),
        prompt: 'x',
        maxRetries: 0,
      }),
  ];
  yield [
    'a fetch of the application',
    async () => {
      const seen = [];
      const fetch = (url, init) => {
        seen.push([url.replace(base, ''), init.method, Object.keys(init).toSorted(), typeof init.body]);
        return globalThis.fetch(url, init);
      };
      const own = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1`, fetch });
      const result = await ai.generateText({ model: own.chat('gpt-test'), prompt: 'hello' });
      return [result.text, seen];
    },
  ];
  yield [
    'embed',
    async () => (await ai.embed({ model: openai.textEmbeddingModel('e'), value: 'one' })).embedding.length,
  ];
  yield [
    'embed many',
    async () =>
      (await ai.embedMany({ model: openai.textEmbeddingModel('e'), values: ['one', 'two'] })).embeddings.map(
        (each) => each.length,
      ),
  ];
  yield [
    'agent',
    async () => {
      const agent = new Agent({ id: 'helper', model: chat, tools, stopWhen, [settings]: 'you help' });
      return [told(await agent.generate({ prompt: 'use them' })), agent.tools === tools];
    },
  ];
  yield [
    'agent of an own class, as a stream',
    async () => {
      class Helper extends Agent {
        #secret = 'kept';
        generate(...args) {
          return super.generate(...args);
        }
        get secret() {
          return this.#secret;
        }
      }
      const agent = new Helper({ model: chat, tools: { add }, stopWhen });
      const result = await agent.stream({ prompt: 'use them' });
      return [(await parts(result.fullStream)).map(([type]) => type), await result.text, agent.secret];
    },
  ];
  yield [
    'a model of its own',
    async () => {
      const model = Object.freeze(
        customModel(major, (_, turn) =>
          turn === 1
            ? [{ type: 'tool-call', toolCallId: 'c1', toolName: 'add', input: '{"a":1,"b":2}' }]
            : text('three'),
        ),
      );
      const result = await ai.generateText({
        model,
        tools: { add },
        stopWhen,
        prompt: 'go',
        headers: { 'x-own': '1' },
      });
      return [told(result), model.asked.length, Object.keys(model.asked[0]).toSorted(), model.asked[0].headers];
    },
  ];
  yield [
    'a model of its own, as a stream',
    async () => {
      const model = customModel(major, () => text('hi'));
      const { result, events } = stream({ model, prompt: 'go' });
      return [await parts(result.fullStream), events, (await result.totalUsage).inputTokens];
    },
  ];
  yield [
    'wrapped models',
    async () => {
      const seen = [];
      const specificationVersion = { 5: 'v2', 6: 'v3', 7: 'v4' }[major];
      const middleware = {
        specificationVersion,
        wrapGenerate: async ({ doGenerate }) => (seen.push('before'), doGenerate()),
      };
      const models = [chat, customModel(major, () => text('hi'))].map((model) =>
        ai.wrapLanguageModel({ model, middleware }),
      );
      const said = [];
      for (const model of models) said.push((await ai.generateText({ model, prompt: 'hello' })).text);
      return [said, seen];
    },
  ];
  yield [
    'models by name',
    async () => {
      const asked = [];
      class Tiny {
        #text = 'private';
        #inner = customModel(major, () => text(this.#text));
        specificationVersion = this.#inner.specificationVersion;
        provider = 'tiny';
        constructor(modelId) {
          this.modelId = modelId;
        }
        get supportedUrls() {
          return this.#inner.supportedUrls;
        }
        doGenerate(options) {
          return this.#inner.doGenerate(options);
        }
      }
      const models = {
        tiny: (name) => new Tiny(name),
        chat: () => chat,
        old: () => customModel('5', () => text('{"a":1}')),
        unheard: () => ({ ...customModel(major, () => text('{"a":1}')), specificationVersion: 'v1' }),
        none: (modelId) => {
          throw new ai.NoSuchModelError({ modelId, modelType: 'languageModel' });
        },
      };
      const { specificationVersion } = customModel(major);
      const languageModel = (name) => (asked.push(name), models[name](name));
      const said = [];
      const prepareStep = ({ model }) => void asked.push(model.modelId, model.constructor.name);
      const ways = [
        (model) => ai.generateText({ model, prompt: 'hello', prepareStep, maxRetries: 0 }),
        (model) => ai.generateObject({ model, schema: z.object({ a: z.number() }), prompt: 'one', maxRetries: 0 }),
      ];
      for (const [index, way] of ways.entries())
        for (const name of Object.keys(models)) {
          globalThis.AI_SDK_DEFAULT_PROVIDER = { languageModel, specificationVersion };
          const running = way(name);
          delete globalThis.AI_SDK_DEFAULT_PROVIDER;
          const { text, object, usage, finishReason } = await running.catch((error) => ({ text: String(error) }));
          said.push([index, name, object ?? text, usage, finishReason]);
        }
      return [said, [...new Set(asked)]];
    },
  ];
  yield [
    'embeddings of its own',
    async () => {
      const asked = [];
      class Vectors {
        #size = 2;
        specificationVersion = customModel(major).specificationVersion;
        provider = 'homemade';
        modelId = 'vectors';
        maxEmbeddingsPerCall = Promise.resolve(2);
        supportsParallelCalls = true;
        async doEmbed(options) {
          asked.push([Object.keys(options).toSorted(), options.values, options.abortSignal]);
          const embeddings = options.values.map((value) => Array(this.#size).fill(value.length));
          return { embeddings, usage: { tokens: 3 }, response: { headers: { a: 'b' } }, warnings: [] };
        }
      }
      const model = Object.freeze(new Vectors());
      const { embeddings, usage, responses } = await ai.embedMany({ model, values: ['a', 'bc', 'def'] });
      const { embedding, response } = await ai.embed({ model, value: 'a', headers: { 'x-own': '1' } });
      return [embeddings, usage, responses, embedding, response, asked];
    },
  ];
  yield [
    'a page that is left',
    async () => {
      const finished = [];
      const onFinish = ({ isAborted, responseMessage }) => finished.push([isAborted, responseMessage.parts]);
      const { result, events } = stream({ model: chat, prompt: 'hello' });
      const reader = result.toUIMessageStreamResponse({ onFinish }).body.getReader();
      const seen = [];
      for (let chunk = 0; chunk < 4; chunk++) seen.push(new TextDecoder().decode((await reader.read()).value));
      await reader.cancel();
      return [seen.join('').replace(/"(?:messageId|id)":"[^"]*"/g, ''), finished.length, await result.text, events];
    },
  ];
  yield [
    'anthropic',
    async () => {
      const fetch = async (url, init) => {
        const { model, messages, max_tokens } = JSON.parse(init.body);
        const message = {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model,
          stop_reason: 'end_turn',
          stop_sequence: null,
        };
        const said = [{ type: 'text', text: `${messages.length} ${max_tokens > 0} ${url.replace(base, '')}` }];
        return Response.json({ ...message, content: said, usage: { input_tokens: 3, output_tokens: 2 } });
      };
      const anthropic = createAnthropic({ apiKey: 'k', baseURL: `${base}/v1`, fetch });
      return told(await ai.generateText({ model: anthropic('claude-test'), prompt: 'hello' }));
    },
  ];
  yield [
    'gateway',
    async () => {
      const usage =
        major === '5'
          ? { inputTokens: 1, outputTokens: 1, totalTokens: 2 }
          : { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
      const finishReason = major === '5' ? 'stop' : { unified: 'stop', raw: 'stop' };
      const sent = [];
      const fetch = async (url, init) => {
        sent.push([
          url.replace(base, ''),
          new Headers(init.headers).get('ai-language-model-id') ?? new Headers(init.headers).get('ai-model-id'),
        ]);
        return url.endsWith('/embedding-model')
          ? Response.json({ embeddings: [[1, 2]], usage: { tokens: 1 } })
          : Response.json({ content: text('from afar'), finishReason, usage, warnings: [] });
      };
      globalThis.AI_SDK_DEFAULT_PROVIDER = ai.createGateway?.({ apiKey: 'k', baseURL: base, fetch });
      try {
        return (
          globalThis.AI_SDK_DEFAULT_PROVIDER && [
            (await ai.generateText({ model: 'openai/gpt-test', prompt: 'hello' })).text,
            await ai
              .embed({ model: 'openai/e', value: 'a' })
              .then(({ embedding, usage }) => [embedding, usage], String),
            sent,
          ]
        );
      } finally {
        delete globalThis.AI_SDK_DEFAULT_PROVIDER;
      }
    },
  ];
}

/** What an operation has come to, as a line of JSON. */
export async function outcomeOf(operation) {
  try {
    return { value: await operation() };
  } catch (error) {
    const { name, message, statusCode, isRetryable, reason, errors, cause } = error;
    return {
      name,
      message,
      statusCode,
      isRetryable,
      reason,
      errors: errors?.map(String),
      cause: cause && String(cause),
      class: error.constructor.name,
    };
  }
}
