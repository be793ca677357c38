// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AtofEvent, JsonPassthrough, type ValueCodec, flow } from '../../src/api/index.ts';

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}
const money: ValueCodec<Money> = {
  toJson: ({ cents }) => ({ cents }),
  fromJson: (json) => new Money((json as { cents: number }).cents),
};

const record = (): (() => Promise<readonly AtofEvent[]>) => {
  const events: AtofEvent[] = [];
  const { remove } = flow.addSubscriber(
    'typed',
    (event) => void events.push(JSON.parse(JSON.stringify(event)) as AtofEvent),
  );
  onTestFinished(() => void remove());
  return async () => {
    await flow.flush();
    return events;
  };
};
const forThisTest = (registration: { remove(): unknown }): void => onTestFinished(() => void registration.remove());

describe('a tool call with value codecs', () => {
  const valueCodecs = { args: money, result: money };

  test('gives the function and the caller values, and middleware and events their JSON', async () => {
    const events = record();
    const seen: unknown[] = [];
    forThisTest(flow.tool.addConditionalExecution('see', ({ args }) => void seen.push(args)));
    forThisTest(
      flow.tool.addExecutionIntercept('double', async (_, next) => {
        const { cents } = (await next()) as { cents: number };
        seen.push({ result: cents });
        return { cents: cents * 2 };
      }),
    );
    const result = await flow.tool.execute({ name: 'pay', args: new Money(5), valueCodecs }, (given) => {
      expect(given).toBeInstanceOf(Money);
      return new Money(given.cents + 1);
    });
    expect(result).toEqual(new Money(12));
    expect(result).toBeInstanceOf(Money);
    expect(seen).toEqual([{ cents: 5 }, { result: 6 }]);
    const ofTool = (await events()).filter(({ category }) => category === 'tool');
    expect(ofTool.map(({ data }) => data)).toEqual([{ cents: 5 }, { cents: 12 }]);
  });

  test('gives the function what a request intercept made of the arguments', async () => {
    forThisTest(flow.tool.addRequestIntercept('more', () => ({ cents: 100 })));
    const result = await flow.tool.execute({ name: 'pay', args: new Money(5), valueCodecs }, (given) => given);
    expect(result).toEqual(new Money(100));
    expect(await flow.tool.applyRequestIntercepts({ name: 'pay', args: new Money(5), valueCodecs })).toEqual(
      new Money(100),
    );
  });

  test('passes on the error of a codec as it is, before the call starts or as its end', async () => {
    const events = record();
    const bug = new RangeError('no money');
    const broken: ValueCodec<Money> = {
      toJson() {
        throw bug;
      },
      fromJson: money.fromJson,
    };
    const call = (codecs: object): Promise<unknown> =>
      flow.tool.execute({ name: 'pay', args: new Money(1), valueCodecs: codecs }, (given) => given);
    await expect(call({ args: broken })).rejects.toBe(bug);
    expect(await events()).toEqual([]);
    await expect(call({ args: money, result: broken })).rejects.toBe(bug);
    expect((await events())[1]).toMatchObject({ scope_category: 'end', metadata: { 'error.type': 'RangeError' } });
  });

  test('records a manual call in JSON, too', async () => {
    const events = record();
    flow.tool.start({ name: 'pay', args: new Money(1), valueCodecs }).end({ result: new Money(2) });
    expect((await events()).map(({ data }) => data)).toEqual([{ cents: 1 }, { cents: 2 }]);
  });

  test('keeps every value the same reference with JsonPassthrough', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        const given = { value };
        const codecs = { args: JsonPassthrough, result: JsonPassthrough };
        const result = await flow.tool.execute({ name: 'same', args: given, valueCodecs: codecs }, (args) => {
          expect(args).toBe(given);
          return { args };
        });
        expect(result.args).toBe(given);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a model call with value codecs', () => {
  interface Prompt {
    readonly text: string;
  }
  const prompt: ValueCodec<Prompt> = {
    toJson: ({ text }) => ({ model: 'm', messages: [{ role: 'user', content: text }] }),
    fromJson: (json) => ({ text: (json as { messages: { content: string }[] }).messages[0]?.content ?? '' }),
  };

  test('translates the content of the request and the response', async () => {
    const events = record();
    forThisTest(
      flow.llm.addRequestIntercept('shout', ({ annotated, model }) => {
        expect(model).toBe('m');
        if (annotated === undefined) return undefined;
        const messages = annotated.messages.map((message) => ({ ...message, content: 'HELLO' }));
        return { annotated: { ...annotated, messages } };
      }),
    );
    const response = await flow.llm.execute(
      {
        name: 'model',
        request: { content: { text: 'hello' } },
        valueCodecs: { request: prompt, response: money },
      },
      ({ content }) => new Money((content as unknown as Prompt).text === 'HELLO' ? 1 : 0),
    );
    expect(response).toEqual(new Money(1));
    const [start, end] = await events();
    expect(start?.data).toMatchObject({ content: { messages: [{ content: 'HELLO' }] } });
    expect(end?.data).toEqual({ cents: 1 });
  });

  test('translates each chunk of a stream on its way in and out, and what the finalizer returns', async () => {
    const events = record();
    const collected: Money[] = [];
    forThisTest(
      flow.llm.addStreamExecutionIntercept('double', async (_, next) => {
        const chunks = await next();
        return (async function* () {
          for await (const chunk of chunks) yield { cents: (chunk as { cents: number }).cents * 2 };
        })();
      }),
    );
    const stream = await flow.llm.stream(
      {
        name: 'model',
        request: { content: {} },
        valueCodecs: { chunk: money, response: money },
        collector: (chunk: Money) => void collected.push(chunk),
        finalizer: () => new Money(collected.reduce((sum, { cents }) => sum + cents, 0)),
      },
      async function* () {
        yield new Money(1);
        yield new Money(2);
      },
    );
    const chunks: Money[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual([new Money(2), new Money(4)]);
    expect(chunks[0]).toBeInstanceOf(Money);
    expect(collected).toEqual(chunks);
    expect((await events()).at(-1)?.data).toEqual({ cents: 6 });
  });

  test('closes the source when the consumer leaves, and ends with the error of a chunk that cannot be decoded', async () => {
    const events = record();
    let closed = 0;
    const open = (chunk: ValueCodec<Money>): ReturnType<typeof flow.llm.stream<Money>> =>
      flow.llm.stream({ name: 'model', request: { content: {} }, valueCodecs: { chunk } }, async function* () {
        try {
          yield new Money(1);
          yield new Money(2);
        } finally {
          closed++;
        }
      });
    for await (const chunk of await open(money)) if (chunk.cents === 1) break;
    expect(closed).toBe(1);
    const bug = new SyntaxError('no money');
    const broken: ValueCodec<Money> = {
      toJson: money.toJson,
      fromJson() {
        throw bug;
      },
    };
    const stream = await open(broken);
    await expect(stream.next()).rejects.toBe(bug);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(closed).toBe(2);
    expect((await events()).at(-1)).toMatchObject({ metadata: { 'error.type': 'SyntaxError' } });
  });
});

test.each<[string, unknown, string]>([
  ['no object', 'json', 'args, result'],
  ['a name that a tool call does not have', { chunk: money }, "'chunk'"],
  ['half a codec', { args: { toJson: money.toJson } }, 'toJson, fromJson'],
])('value codecs that are %s are refused', async (_, valueCodecs, said) => {
  await expect(
    flow.tool.execute({ name: 'pay', args: 1, valueCodecs: valueCodecs as never }, () => 1),
  ).rejects.toMatchObject({ code: 'FLOW_INVALID_ARGUMENT', message: expect.stringContaining(said) as string });
});

test('value codecs that answer with a promise are refused', async () => {
  const later = { toJson: async (value: number) => value, fromJson: (json: unknown) => json as number };
  await expect(
    flow.tool.execute({ name: 'pay', args: 1, valueCodecs: { args: later } }, () => 1),
  ).rejects.toMatchObject({ code: 'FLOW_INVALID_ARGUMENT', message: expect.stringContaining('toJson') as string });
});
