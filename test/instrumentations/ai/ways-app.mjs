// SPDX-License-Identifier: Apache-2.0

// Ways to a model whose requests pass no seam of ours, each asked twice where nothing is allowed, a line of JSON for each: `ways-app.mjs <major> <base>`.
import * as ai from 'ai';
import { flow, isFlowError } from '@flow/register/api';

globalThis.AI_SDK_LOG_WARNINGS = false;
const [major, base] = process.argv.slice(2);
const specificationVersion = { 5: 'v2', 6: 'v3', 7: 'v4' }[major];
flow.llm.addConditionalExecution('no', () => 'not today');

/** The provider with its utilities inside of it, with classes that no call was made of. */
let copies = 0;
async function bundled() {
  const provider = await import(`./provider.mjs?${copies++}`);
  return (provider.createOpenAI ?? provider.default.createOpenAI)({ apiKey: 'k', baseURL: `${base}/v1` });
}

/** As a package that sends by itself has it: it keeps its headers as the others do. */
class Community {
  specificationVersion = specificationVersion;
  provider = 'community.chat';
  modelId = 'gpt-4o';
  supportedUrls = {};
  config = { headers: () => ({ authorization: 'k' }) };
  #path = '/v1/chat/completions';
  async doGenerate({ prompt }) {
    const body = JSON.stringify({ model: this.modelId, messages: prompt });
    const headers = { ...this.config.headers(), 'content-type': 'application/json' };
    const response = await fetch(`${base}${this.#path}`, { method: 'POST', headers, body });
    const { choices } = await response.json();
    const usage = major === '5' ? {} : { inputTokens: {}, outputTokens: {} };
    const finishReason = major === '5' ? 'stop' : { unified: 'stop', raw: 'stop' };
    return { content: [{ type: 'text', text: choices[0].message.content }], finishReason, usage, warnings: [] };
  }
}
const literal = () => {
  const model = new Community();
  const { supportedUrls, modelId, config } = model;
  const doGenerate = (options) => model.doGenerate(options);
  return { specificationVersion, provider: 'homemade.chat', modelId, supportedUrls, config, doGenerate };
};

const middleware = { specificationVersion };
const ask = (model) => ai.generateText({ model, prompt: 'hello' }).then(({ text }) => text);
const embed = (model) => ai.embed({ model, value: 'hello' }).then(({ embedding }) => embedding.length > 0);
const named = (provider, run) => {
  globalThis.AI_SDK_DEFAULT_PROVIDER = provider;
  return run().finally(() => delete globalThis.AI_SDK_DEFAULT_PROVIDER);
};
const ways = {
  'the model itself': async (model) => () => ask(model.chat('gpt-4o')),
  wrapped: async (model) => () => ask(ai.wrapLanguageModel({ model: model.chat('gpt-4o'), middleware })),
  'wrapped twice': async (model) => () =>
    ask(
      ai.wrapLanguageModel({
        model: ai.wrapLanguageModel({ model: model.chat('gpt-4o'), middleware }),
        middleware: [middleware, middleware],
      }),
    ),
  'by a provider of the application': async (model) => {
    const languageModels = { fast: ai.wrapLanguageModel({ model: model.chat('gpt-4o'), middleware }) };
    const provider = ai.customProvider({ languageModels, fallbackProvider: model });
    return () => ask(provider.languageModel('fast'));
  },
  'by a registry': async (openai) => {
    const registry = ai.createProviderRegistry({ openai });
    return () => ask(registry.languageModel('openai:gpt-4o'));
  },
  'by a registry with middleware': async (openai) => {
    const registry = ai.createProviderRegistry({ openai }, { languageModelMiddleware: middleware });
    return () => ask(registry.languageModel('openai:gpt-4o'));
  },
  'by name': async (model) => () => named(model, () => ask('gpt-4o')),
  'by name for a step': async (model) => () =>
    named(model, () => ai.generateText({ model: 'gpt-x', prepareStep: () => ({ model: 'gpt-4o' }), prompt: 'hello' })),
  'as a stream': async (model) => async () => {
    for await (const part of ai.streamText({ model: model.chat('gpt-4o'), prompt: 'hello', onError() {} }).fullStream)
      if (part.type === 'error') throw part.error;
  },
  embeddings: async (model) => () => embed(model.textEmbeddingModel('e')),
  'embeddings by name': async (model) => () => named(model, () => embed('e')),
  'wrapped embeddings': async (model) => () =>
    embed(ai.wrapEmbeddingModel({ model: model.textEmbeddingModel('e'), middleware })),
  'a class that uses fetch': async () => () => ask(new Community()),
  'objects that use fetch': async () => () => ask(literal()),
};
for (const [name, make] of Object.entries(ways)) {
  const way = await make(await bundled());
  const told = [];
  for (let turn = 0; turn < 2; turn++)
    told.push(
      await way().then(
        () => 'asked',
        (error) => isFlowError(error)?.code ?? String(error),
      ),
    );
  console.log(JSON.stringify([name, ...told]));
}
