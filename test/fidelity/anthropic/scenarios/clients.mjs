// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain } from '../../observe.mjs';

const question = { model: 'claude-opus-4-6', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };

export async function clientsAreWhatTheyWere({ client, Anthropic }) {
  const keys = Object.keys(client).filter((key) => !/^(?:_options|fetch)$/.test(key));
  return { keys, own: client.constructor === Anthropic, instance: client instanceof Anthropic, name: Anthropic.name };
}

export async function withOptionsMakesAClientThatWorks({ client, Anthropic }) {
  const copy = client.withOptions({ defaultHeaders: { 'x-copy': '1' } }).withOptions({ timeout: 9_999 });
  assert.ok(copy instanceof Anthropic);
  return copy.messages.create(question);
}
withOptionsMakesAClientThatWorks.since = '0.99';

export async function aSubclassWithItsOwnHooksIsCalledAsBefore({ Anthropic, url }) {
  const order = [];
  class Own extends Anthropic {
    #secret = 'kept';
    async prepareOptions(options) {
      order.push(['options', options.path, this.#secret]);
      await super.prepareOptions(options);
    }
    async prepareRequest(request, context) {
      order.push(['request', request.method, context.url]);
      await super.prepareRequest(request, context);
    }
  }
  const own = new Own({ apiKey: 'sk', baseURL: url, maxRetries: 0 });
  const message = await own.messages.create(question);
  const { items } = await drain(await own.messages.create({ ...question, stream: true }));
  return { order, message, items: items.length };
}

export async function aRawPostWorks({ client }) {
  const parsed = await client.post('/v1/messages', { body: question });
  const stream = await client.post('/v1/messages', { body: { ...question, stream: true }, stream: true });
  const { items } = await drain(stream);
  return { parsed, items: items.length };
}

export async function aFetchOfItsOwnIsGivenTheSame({ newClient }) {
  const calls = [];
  const fetch = async (url, init) => {
    calls.push([
      String(url),
      init.method,
      [...new Headers(init.headers).keys()].filter((name) => name !== 'traceparent'),
      init.body,
    ]);
    return new Response('{"id":"m","type":"message","content":[]}', {
      headers: { 'content-type': 'application/json' },
    });
  };
  const message = await newClient({ fetch }).messages.create(question);
  return { message, calls };
}

export async function aLoggerSeesTheSameLines({ newClient }) {
  const lines = [];
  const note =
    (level) =>
    (...values) =>
      lines.push([level, ...values.map((value) => describe(value))]);
  const logger = { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') };
  await newClient({ logger, logLevel: 'debug' }).messages.create(question);
  return lines.map(([level, text]) => [level, text]);
}
aLoggerSeesTheSameLines.since = '0.99';

export async function middlewareOfTheSdkKeepsWorking({ newClient }) {
  const seen = [];
  const named = (name) => async (request, next, context) => {
    seen.push([name, request.method, typeof request.body, Boolean(context)]);
    const headers = new Headers(request.headers);
    headers.set(`x-${name}`, 'yes');
    const response = await next({ ...request, headers });
    seen.push([name, response.status]);
    return response;
  };
  const client = newClient({ middleware: [named('outer')] });
  const message = await client.messages.create(question, { middleware: [named('inner')] });
  const { items } = await drain(await client.messages.create({ ...question, stream: true }));
  return { message, seen, items: items.length };
}
middlewareOfTheSdkKeepsWorking.since = '0.137';

export async function middlewareMayReplaceTheAnswerAndReadIt({ newClient }) {
  const read = [];
  const middleware = [
    async (request, next, context) => {
      const response = await next(request);
      read.push(await context.parse(response));
      return response;
    },
  ];
  const message = await newClient({ middleware }).messages.create(question);
  const replaced = await newClient({
    middleware: [async () => new Response('{"content":[]}', { headers: { 'content-type': 'application/json' } })],
  }).messages.create(question);
  return { message, read, replaced };
}
middlewareMayReplaceTheAnswerAndReadIt.since = '0.137';

export async function telemetryOptionsAreSettledTheSame({ newClient }) {
  const options = [undefined, {}, false, { traces: { contentMode: 'content' } }, { propagation: false }];
  const clients = options.map((openTelemetry) => newClient({ openTelemetry }));
  // With an option that asks for them, the SDK's own spans and headers are meant to be there.
  for (const at of [0, 2]) await clients[at].messages.create(question);
  return clients.map(({ openTelemetry }) => describe(openTelemetry));
}
telemetryOptionsAreSettledTheSame.since = '0.137';
