// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

export async function withOptionsMakesAClientThatWorks({ client }) {
  const other = client.withOptions({ maxRetries: 1, defaultHeaders: { 'x-team': 'a' }, timeout: 4_000 });
  const completion = await other.chat.completions.create(question);
  assert.equal(other.maxRetries, 1);
  assert.equal(other.constructor, client.constructor);
  return { completion, class: other.constructor.name };
}
withOptionsMakesAClientThatWorks.reply = (_, turn) =>
  turn === 0 ? { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } } : { text: 'Yes.' };

export async function aSubclassWithItsOwnHooksIsCalledAsBefore({ OpenAI, url }) {
  const calls = [];
  class Mine extends OpenAI {
    #secret = 'kept';
    async prepareOptions(options) {
      calls.push(['prepareOptions', options.path, Object.keys(options), this.#secret]);
      await super.prepareOptions(options);
    }
    async prepareRequest(request, { url: target, options }) {
      calls.push(['prepareRequest', new URL(target).pathname.split('/').at(-1), options.method, this.#secret]);
      request.headers.set('x-prepared', 'yes');
    }
    authHeaders(options, schemes) {
      calls.push(['authHeaders', options.method, this.#secret]);
      return super.authHeaders(options, schemes);
    }
    async fetchWithTimeout(target, init, timeout, controller) {
      calls.push(['fetchWithTimeout', Object.keys(init), timeout, controller.constructor.name, this.#secret]);
      return super.fetchWithTimeout(target, init, timeout, controller);
    }
  }
  const mine = new Mine({ apiKey: 'sk-test', baseURL: url, maxRetries: 1 });
  const completion = await mine.chat.completions.create(question);
  const { items } = await drain(await mine.chat.completions.create({ ...question, stream: true }));
  assert.equal(calls.filter(([name]) => name === 'prepareOptions').length, 3);
  return { calls, completion, items, class: mine.constructor.name, error: Mine.APIError === OpenAI.APIError };
}
aSubclassWithItsOwnHooksIsCalledAsBefore.reply = (_, turn) =>
  turn === 0 ? { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } } : { text: 'Yes.' };

export async function aSubclassThatOverridesMakeRequestIsCalledForEachAttempt({ OpenAI, url }) {
  const calls = [];
  class Mine extends OpenAI {
    async makeRequest(options, retriesRemaining, retryOf) {
      const made = await options;
      calls.push([made.path, retriesRemaining, retryOf === undefined]);
      return super.makeRequest(made, retriesRemaining, retryOf);
    }
  }
  const mine = new Mine({ apiKey: 'sk-test', baseURL: url, maxRetries: 1 });
  const completion = await mine.chat.completions.create(question);
  assert.equal(calls.length, 2);
  return { calls, completion };
}
aSubclassThatOverridesMakeRequestIsCalledForEachAttempt.reply = (_, turn) =>
  turn === 0 ? { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } } : { text: 'Yes.' };

export async function aCustomFetchSeesTheSameCalls({ newClient }) {
  const calls = [];
  const client = newClient({
    maxRetries: 1,
    fetch: async (target, init) => {
      calls.push({
        target: String(target),
        init: Object.keys(init),
        body: init.body,
        headers: describe(init.headers),
        method: init.method,
      });
      return fetch(target, init);
    },
  });
  const completion = await client.chat.completions.create(question);
  const { items } = await drain(await client.chat.completions.create({ ...question, stream: true }));
  assert.equal(calls.length, 3);
  return { calls, completion, items };
}
aCustomFetchSeesTheSameCalls.reply = (_, turn) =>
  turn === 0 ? { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } } : { text: 'Yes.' };

export async function theResponseOfACustomFetchIsTheOneThatTheCallerGets({ newClient }) {
  class Special extends Response {}
  let made;
  const client = newClient({
    fetch: async () => {
      made = new Special('{"id":"x","choices":[]}', {
        headers: { 'content-type': 'application/json', 'x-request-id': 'mine' },
      });
      made.extra = 'kept';
      return made;
    },
  });
  const response = await client.chat.completions.create(question).asResponse();
  const second = await client.chat.completions.create(question).withResponse();
  assert.equal(response.extra, 'kept');
  return { class: response.constructor.name, same: second.response === made, id: second.request_id, data: second.data };
}

export async function aCustomFetchThatThrowsIsAConnectionError({ newClient, openai }) {
  const mine = new TypeError('my fetch is broken');
  const client = newClient({ fetch: () => Promise.reject(mine) });
  const error = await errorOf(client.chat.completions.create(question));
  assert.ok(error instanceof openai.APIConnectionError);
  return { error, same: error.cause === mine };
}

export async function aCustomFetchMayReturnABodyOfItsOwn({ newClient }) {
  const bytes = new TextEncoder().encode('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\ndata: [DONE]\n\n');
  const slow = () =>
    new ReadableStream({
      async pull(controller) {
        this.at = (this.at ?? 0) + 1;
        if (this.at > bytes.length) return controller.close();
        return controller.enqueue(bytes.slice(this.at - 1, this.at));
      },
    });
  const client = newClient({
    fetch: async () => new Response(slow(), { headers: { 'content-type': 'text/event-stream' } }),
  });
  const { items } = await drain(await client.chat.completions.create({ ...question, stream: true }));
  assert.equal(items[0].choices[0].delta.content, 'a');
  return items;
}

export async function fetchOptionsAndDefaultsAreUsed({ newClient }) {
  const client = newClient({
    defaultHeaders: { 'x-default': 'd', 'x-gone': 'g' },
    defaultQuery: { version: '2' },
    organization: 'org-1',
    project: 'proj-1',
    fetchOptions: { redirect: 'error' },
  });
  const completion = await client.chat.completions.create(question, {
    headers: { 'x-gone': null },
    fetchOptions: { keepalive: true },
  });
  assert.equal(completion.choices.length, 1);
  return 'see what was sent';
}

export async function aKeyFromAFunctionIsAskedForEachRequest({ newClient }) {
  let asked = 0;
  const client = newClient({
    apiKey: async () => {
      asked += 1;
      return `sk-${asked}`;
    },
  });
  await client.chat.completions.create(question);
  await client.responses.create({ model: 'gpt-5', input: 'Hi' });
  assert.equal(asked, 2);
  return asked;
}

export async function theRawPostMethodWorks({ client, openai }) {
  const promise = client.post('/chat/completions', { body: question });
  assert.ok(promise instanceof openai.APIPromise);
  const { data, response } = await promise.withResponse();
  assert.equal(data.choices.length, 1);
  const stream = await client.post('/chat/completions', { body: { ...question, stream: true }, stream: true });
  const { items } = await drain(stream);
  const viaRequest = await client.request({ method: 'post', path: '/chat/completions', body: question });
  return {
    data,
    response,
    items,
    class: stream.constructor.name,
    viaRequest,
    raw: await (await client.post('/chat/completions', { body: question }).asResponse()).text(),
  };
}

export async function aRawPostWithAnAbsoluteUrlOrTextBodyWorks({ client, url }) {
  const absolute = await client.post(`${url}/chat/completions`, { body: question });
  const text = await client.post('/chat/completions', {
    body: JSON.stringify(question),
    headers: { 'content-type': 'application/json' },
  });
  const bytes = await client.post('/chat/completions', {
    body: new TextEncoder().encode(JSON.stringify(question)),
    headers: { 'content-type': 'application/json' },
  });
  const error = await errorOf(client.post('/nowhere', { body: { a: 1 } }));
  assert.deepEqual(
    [absolute, text, bytes].map(({ object }) => object),
    Array(3).fill('chat.completion'),
  );
  return { absolute, text, bytes, error };
}

export async function modelsAreListedAndRetrieved({ client }) {
  const page = await client.models.list();
  const ids = (await drain(client.models.list())).items.map(({ id }) => id);
  assert.ok(ids.includes('gpt-4o'));
  const one = await client.models.retrieve('gpt-4o');
  return {
    page: describe(page.data),
    class: page.constructor.name,
    ids,
    one,
    missing: await errorOf(client.models.retrieve('none')),
  };
}

export async function anAzureClientUsesItsDeploymentInEveryWay({ AzureOpenAI, url, openai }) {
  const client = new AzureOpenAI({
    apiKey: 'az-key',
    apiVersion: '2026-01-01',
    baseURL: `${url.slice(0, -3)}/openai`,
    deployment: 'dep one',
    maxRetries: 1,
  });
  const { data, response } = await client.chat.completions.create(question).withResponse();
  const { items } = await drain(await client.chat.completions.create({ ...question, stream: true }));
  const content = await client.chat.completions.stream(question).finalContent();
  const list = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'a', dimensions: 2 });
  const error = await errorOf(client.chat.completions.create({ ...question, user: 'fail' }));
  assert.equal(content, 'Hello.');
  assert.ok(error instanceof openai.BadRequestError);
  return { data, response, items, list, error, class: client.constructor.name };
}
anAzureClientUsesItsDeploymentInEveryWay.reply = ({ body }, turn) => {
  if (turn === 0) return { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } };
  return body.user === 'fail' ? { status: 400, error: { message: 'No.' } } : { text: 'Hello.' };
};

export async function anAzureClientTakesTheModelAsDeployment({ AzureOpenAI, url }) {
  const azure = new AzureOpenAI({
    azureADTokenProvider: async () => 'token-1',
    apiVersion: '2026-01-01',
    baseURL: `${url.slice(0, -3)}/openai`,
  });
  const completion = await azure.chat.completions.create(question);
  const other = await azure.withOptions({ maxRetries: 0 }).responses.create({ model: 'gpt-5', input: 'Hi' });
  assert.equal(completion.choices.length, 1);
  return { completion, other };
}

export async function aLoggerSeesTheSameLines({ newClient }) {
  const lines = [];
  const log =
    (level) =>
    (...args) =>
      lines.push([level, ...args.map((arg) => describe(arg))]);
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const client = newClient({ logger, logLevel: 'debug', maxRetries: 1 });
  await client.chat.completions.create(question);
  assert.ok(lines.length >= 4);
  return lines;
}
aLoggerSeesTheSameLines.reply = (_, turn) =>
  turn === 0 ? { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } } : { text: 'Yes.' };

export async function theClassesKeepTheirShape({ client, openai }) {
  const classes = [
    openai.OpenAI,
    openai.AzureOpenAI,
    openai.APIPromise,
    client.chat.completions.constructor,
    client.responses.constructor,
    client.embeddings.constructor,
  ];
  assert.equal(classes[0].name, 'OpenAI');
  return {
    classes: classes.map((entry) => [
      entry.name,
      entry.length,
      Reflect.ownKeys(entry).map(String),
      Reflect.ownKeys(entry.prototype).map(String),
    ]),
    exports: Object.keys(openai).toSorted(),
    client: Reflect.ownKeys(client).map(String),
    default: openai.default === openai.OpenAI,
    enumerable: Object.entries(Object.getOwnPropertyDescriptors(openai.OpenAI.prototype))
      .filter(([, descriptor]) => descriptor.enumerable)
      .map(([name]) => name),
  };
}

export async function twoClientsWithDifferentKeysKeepApart({ newClient }) {
  const clients = ['sk-a', 'sk-b'].map((apiKey) => newClient({ apiKey }));
  const texts = await Promise.all(
    clients.map((client) =>
      client.chat.completions.create(question).then((answer) => answer.choices[0].message.content),
    ),
  );
  assert.deepEqual(texts, ['Bearer sk-a', 'Bearer sk-b']);
  return texts;
}
twoClientsWithDifferentKeysKeepApart.reply = ({ headers }) => ({
  text: headers.authorization,
  ids: (prefix) => `${prefix}-x`,
});
twoClientsWithDifferentKeysKeepApart.unordered = true;
