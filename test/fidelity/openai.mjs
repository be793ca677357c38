// SPDX-License-Identifier: Apache-2.0

/** What a scenario of the OpenAI SDK is given: a client for its server, and the package. */
export async function openaiScenario(modules, origin) {
  const openai = await withAPIPromise(modules);
  const url = `${origin}/v1`;
  const newClient = (options) =>
    withHelpers(new openai.OpenAI({ apiKey: 'sk-test', baseURL: url, maxRetries: 0, ...options }));
  return { ...openai, openai, zodHelpers: modules.zodHelpers, url, newClient, client: newClient() };
}

/** Version 4 exports the class elsewhere. */
async function withAPIPromise({ openai, load }) {
  if (openai.APIPromise) return openai;
  const { APIPromise } = await load('core');
  return { ...openai, APIPromise };
}

/** Version 4 has the helpers of chat completions in `beta`; scenarios look for them where later versions have them. */
function withHelpers(client) {
  const { completions } = client.beta?.chat ?? {};
  for (const name of ['parse', 'runTools', 'stream']) {
    if (client.chat.completions[name] === undefined && completions?.[name] !== undefined)
      Object.defineProperty(client.chat.completions, name, { value: completions[name].bind(completions) });
  }
  return client;
}
