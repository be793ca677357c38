// SPDX-License-Identifier: Apache-2.0
import { onTestFinished, expect, test } from 'vitest';
import { type AtofEvent, type Codec, codecs, flow } from '../../src/api/index.ts';
import { expectValidAtof } from '../support/formats/index.ts';

const request = {
  headers: { authorization: 'Bearer secret' },
  content: { model: 'gpt-test', messages: [{ role: 'user', content: 'my number is 12345' }], temperature: 1 },
};
const response = {
  id: 'r',
  model: 'gpt-test-1',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'noted: 12345' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

const listen = (): (() => Promise<readonly AtofEvent[]>) => {
  const events: AtofEvent[] = [];
  const { remove } = flow.addSubscriber('annotations', (event) => void events.push(event));
  onTestFinished(() => void remove());
  return async () => {
    await flow.flush();
    expectValidAtof(events.map((event) => JSON.stringify(event)).join('\n'));
    return events;
  };
};
const forThisTest = ({ remove }: { remove(): unknown }): void => onTestFinished(() => void remove());
const call = (codec?: Codec): Promise<unknown> => flow.llm.execute({ name: 'openai', request, codec }, () => response);
const profiles = (events: readonly AtofEvent[]): unknown[] => events.map((event) => event.category_profile);

test('the events of a model call carry request and response in the shape that all providers share', async () => {
  const events = listen();
  await call();
  const [start, end] = await events();
  expect(start?.category_profile).toEqual({
    model_name: 'gpt-test',
    annotated_request: codecs.openaiChat.decodeRequest(request.content),
  });
  expect(end?.category_profile).toEqual({
    model_name: 'gpt-test-1',
    annotated_response: codecs.openaiChat.decodeResponse(response),
  });
});

test('a subscriber, a copy and a printed line say the same', async () => {
  const events = listen();
  await call();
  for (const event of await events()) {
    const printed = JSON.parse(JSON.stringify(event)) as AtofEvent;
    expect(printed.category_profile).toEqual(event.category_profile);
  }
});

test('an annotation never says what sanitizers took out of the payload, whichever kind they are', async () => {
  const events = listen();
  forThisTest(
    flow.llm.addSanitizeRequest('mask', ({ headers, content }) => ({
      headers,
      content: JSON.parse(JSON.stringify(content).replaceAll('12345', '***')) as object,
    })),
  );
  forThisTest(
    flow.event.addSanitizeScopeEnd('drop', ({ data: _, category_profile, metadata }) => ({
      category_profile,
      metadata,
    })),
  );
  await call();
  expect(JSON.stringify(await events())).not.toContain('12345');
  const [start, end] = profiles(await events()) as Record<string, unknown>[];
  expect(start?.['annotated_request']).toMatchObject({ messages: [{ content: 'my number is ***' }] });
  expect(end).toEqual({ model_name: 'gpt-test-1' });
});

test('sanitizers see and return the profile without it', async () => {
  const events = listen();
  const seen: unknown[] = [];
  forThisTest(
    flow.event.addSanitizeScopeStart('keep', ({ data, category_profile, metadata }) => {
      seen.push(category_profile);
      return { data, category_profile: { ...category_profile, mine: 1 }, metadata };
    }),
  );
  await call();
  expect(seen).toEqual([{ model_name: 'gpt-test' }]);
  const [start] = profiles(await events());
  expect(start).toMatchObject({ mine: 1, annotated_request: { model: 'gpt-test' } });
});

test('nobody decodes what nobody reads', async () => {
  let decoded = 0;
  const counting: Codec = {
    ...codecs.openaiChat,
    id: 'counting',
    decodeRequest: (content) => {
      decoded++;
      return codecs.openaiChat.decodeRequest(content);
    },
  };
  const events: AtofEvent[] = [];
  forThisTest(flow.addSubscriber('names only', (event) => void events.push(event)));
  await flow.scope.isolate(() => call(counting));
  await flow.flush();
  const before = decoded;
  expect(events.map(({ name }) => name)).toEqual(['openai', 'openai']);
  expect(decoded).toBe(before);
  expect(events[0]?.category_profile).toHaveProperty('annotated_request');
  expect(decoded).toBe(before + 1);
});

test('changing the data of an event, or reading its profile, changes nothing for anybody else', async () => {
  const first: AtofEvent[] = [];
  forThisTest(
    flow.addSubscriber('first', (event) => {
      first.push(event);
      (event.data as { content?: { messages: { content: string }[] } }).content?.messages.splice(0);
    }),
  );
  const events = listen();
  await call();
  const [start] = await events();
  expect(Object.isFrozen(start?.category_profile)).toBe(true);
  expect(
    Object.isFrozen(
      (start?.data as { content?: { messages: object } } | undefined)?.content?.messages ?? Object.freeze({}),
    ),
  ).toBe(false);
  expect(start?.data).toMatchObject({ content: { messages: [{ role: 'user' }] } });
  expect(first[0]?.category_profile).toMatchObject({ annotated_request: { messages: [{ role: 'user' }] } });
});

test('a codec that throws, or gives what is no JSON, costs the annotation at most', async () => {
  const events = listen();
  const broken: Codec = {
    ...codecs.openaiChat,
    id: 'broken',
    decodeRequest() {
      throw new Error('no');
    },
    decodeResponse: () => ({ message: 5n as never }),
  };
  await flow.scope.isolate(() => call(broken));
  const [start, end] = profiles(await events());
  expect(start).toEqual({ model_name: 'gpt-test' });
  expect(end).toMatchObject({ annotated_response: { message: '5' } });
});
