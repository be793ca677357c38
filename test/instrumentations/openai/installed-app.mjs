// SPDX-License-Identifier: Apache-2.0

// Calls by every kind of client, with an answer of its own instead of a network: one line of JSON for each says what policy and server saw.
import { createRequire } from 'node:module';
import { flow } from '@flow/register/api';
import { coverage } from '@flow/register/sdk';
import * as imported from 'openai';

let provider;
flow.llm.addRequestIntercept('look', (call) => {
  ({ provider } = call);
  return { content: { ...call.request.content, temperature: 0 } };
});
let sent;
const fetch = async (url, init) => {
  sent = { url: String(url), headers: new Headers(init.headers), temperature: JSON.parse(init.body).temperature };
  const answer = '{"id":"x","object":"chat.completion","model":"m","choices":[]}';
  return new Response(answer, { headers: { 'content-type': 'application/json' } });
};

const body = { model: 'm', messages: [] };
const create = (client) => client.chat.completions.create(body);

async function ask(copy, name, client, call = create) {
  provider = undefined;
  await call(client);
  const { url, headers, temperature } = sent;
  const key = headers.get('api-key') ?? headers.get('authorization');
  console.log(JSON.stringify({ copy, name, provider, url, key, temperature }));
}

const plain = { apiKey: 'k', fetch };
const hosts = ['api.groq.com', 'my.openai.azure.com', 'gateway.example'];
const azure = { ...plain, apiVersion: '1' };
const endpoint = 'https://my.openai.azure.com';
const gateway = { baseURL: 'https://gateway.example/openai' };

for (const [copy, openai] of Object.entries({ esm: imported, cjs: createRequire(import.meta.url)('openai') })) {
  const { OpenAI, AzureOpenAI } = openai;
  class Own extends OpenAI {
    #secret = 'kept';
    async prepareOptions(options) {
      if (this.#secret !== 'kept') throw new Error('not the client itself');
      await super.prepareOptions(options);
    }
  }
  class OwnAzure extends AzureOpenAI {}
  for (const host of hosts) await ask(copy, host, new OpenAI({ ...plain, baseURL: `https://${host}/v1` }));
  await ask(copy, 'default export', new openai.default(plain));
  const elsewhere = (client) => client.post('https://api.groq.com/v1/chat/completions', { body });
  await ask(copy, 'whole address as path', new OpenAI(plain), elsewhere);
  await ask(copy, 'deployment', new AzureOpenAI({ ...azure, endpoint, deployment: 'dep' }));
  const byToken = { fetch, apiVersion: '1', endpoint, azureADTokenProvider: async () => 'token' };
  await ask(copy, 'model as deployment, token', new AzureOpenAI(byToken));
  await ask(copy, 'azure behind a gateway', new AzureOpenAI({ ...azure, ...gateway }));
  const own = new Own(plain);
  const ownAzure = new OwnAzure({ ...azure, ...gateway });
  await ask(copy, 'subclass', own);
  await ask(copy, 'subclass of azure', ownAzure);
  // Version 4 has no such method.
  if (!own.withOptions) continue;
  await ask(copy, 'clone', own.withOptions({ timeout: 5_000 }));
  await ask(copy, 'clone with another address', own.withOptions({ baseURL: 'https://api.x.ai/v1' }));
  await ask(copy, 'clone of azure', ownAzure.withOptions({ timeout: 5_000 }));
}
console.log(JSON.stringify(coverage()));
