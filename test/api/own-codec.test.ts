// SPDX-License-Identifier: Apache-2.0
import { expect, onTestFinished, test } from 'vitest';
import { type AtofEvent, type CallView, type Codec, type Registration, flow } from '../../src/api/index.ts';
import { toTrajectory } from '../../src/atif/to-trajectory.ts';

interface Asked {
  readonly ask: string;
  readonly vendor: object;
}

/** A provider with a form of its own: `{ ask, vendor }` and `{ said, spent }`. */
const parrot: Codec = {
  id: 'parrot',
  operation: 'chat',
  decodeRequest: (content) => ({ messages: [{ role: 'user', content: (content as Asked).ask }], params: {} }),
  encodeRequest: (edited, original) => ({ ...(original as Asked), ask: edited.messages[0]?.content }),
  decodeResponse(response) {
    const { said, spent } = response as { said: string; spent: number };
    return { message: said, usage: { output_tokens: spent } };
  },
  accumulator() {
    let said = '';
    return { push: (chunk) => void (said += String(chunk)), response: () => ({ said, spent: said.length }) };
  },
};

const record = (): (() => Promise<readonly AtofEvent[]>) => {
  const events: AtofEvent[] = [];
  const { remove } = flow.addSubscriber('own codec', (event) => void events.push(event));
  onTestFinished(() => void remove());
  return async () => {
    await flow.flush();
    return events;
  };
};

test('a codec of the application is asked for what an intercept reads and edits, and for what is recorded', async () => {
  const events = record();
  const louder = flow.llm.addRequestIntercept('louder', ({ annotated }) => {
    if (annotated === undefined) return undefined;
    const messages = annotated.messages.map((message) => ({ ...message, content: 'HELLO' }));
    return { annotated: { ...annotated, messages } };
  });
  onTestFinished(() => void louder.remove());
  const content = { ask: 'hello', vendor: { beta: 1 } };
  const sent = await flow.llm.execute({ name: 'bird', codec: parrot, request: { content } }, (given) => {
    expect(given.content['vendor']).toBe(content.vendor);
    return { said: String(given.content['ask']), spent: 5 };
  });
  expect(sent).toEqual({ said: 'HELLO', spent: 5 });
  const [start, end] = await events();
  expect(start?.category_profile).toEqual({
    annotated_request: { messages: [{ role: 'user', content: 'HELLO' }], params: {} },
  });
  expect(end?.category_profile).toEqual({ annotated_response: { message: 'HELLO', usage: { output_tokens: 5 } } });
  expect(start?.metadata).toMatchObject({ 'flow.codec': 'parrot' });
});

test('a codec of the application adds up chunks', async () => {
  const events = record();
  const chunks = await flow.llm.stream(
    { name: 'bird', codec: parrot, request: { content: { ask: 'hello' } } },
    async function* () {
      yield 'hel';
      yield 'lo';
    },
  );
  for await (const _ of chunks);
  expect((await events()).at(-1)).toMatchObject({ data: { said: 'hello', spent: 5 } });
});

test('whoever reads the stream later, without that codec, still gets a trajectory', async () => {
  const events = record();
  await flow.scope.isolate(() =>
    flow.llm.execute({ name: 'bird', codec: parrot, request: { content: { ask: 'hello' } } }, () => ({
      said: 'hello back',
      spent: 5,
    })),
  );
  const plain = (await events()).map((event) => JSON.parse(JSON.stringify(event)) as AtofEvent);
  expect(JSON.stringify(toTrajectory(plain)?.steps)).toContain('hello back');
});

test.each<[string, (read: (call: CallView) => undefined) => Registration, string]>([
  ['guardrail', (read) => flow.llm.addConditionalExecution('reads', read), 'FLOW_GUARDRAIL_FAILED'],
  ['request intercept', (read) => flow.llm.addRequestIntercept('reads', read), 'FLOW_INTERCEPT_FAILED'],
])(
  'a %s that reads a request whose codec throws refuses the call; without one the call is made',
  async (_, add, code) => {
    const bug = new SyntaxError('cannot decode');
    const codec: Codec = {
      ...parrot,
      decodeRequest() {
        throw bug;
      },
    };
    const call = (): Promise<unknown> =>
      flow.llm.execute({ name: 'bird', codec, request: { content: { ask: 'hello' } } }, () => 'answer');
    expect(await call()).toBe('answer');
    const registration = add((seen) => void seen.annotated as undefined);
    onTestFinished(() => void registration.remove());
    await expect(call()).rejects.toMatchObject({ code, cause: bug });
  },
);
