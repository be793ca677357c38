// SPDX-License-Identifier: Apache-2.0
import { type AtofEvent, codecs, flow, type Registration, type Usage } from '../../src/api/index.ts';
import { setup } from '../support/setups/index.ts';
import { collect, forThisTest } from './families.ts';

/** A model provider that counts what it charges for. Every answer costs other numbers of tokens. */
export interface Provider {
  /** Makes a model call with this provider; gives the text of its answer. */
  ask(): Promise<string>;
  /** Intercepts model calls of this form. `next()` gives the text of an answer; what is returned becomes the answer. */
  intercept(name: string, around: (next: () => Promise<string>) => Promise<string>): void;
  readonly bill: { input: number; output: number; inferences: number };
  /** The place of the next answers in this list decides: true fails it. */
  readonly fails: boolean[];
}

type Content = { readonly model: string; readonly messages: readonly unknown[] };
const content: Content = { model: 'm', messages: [{ role: 'user', content: 'hello' }] };

const completion = (text: string, usage?: object): object => ({
  id: text,
  object: 'chat.completion',
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  ...(usage === undefined ? {} : { usage }),
});

const chunk = (choices: readonly object[], usage?: object): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'm-1',
  choices,
  ...(usage === undefined ? {} : { usage }),
});

/** The chunks of an answer as a chat stream sends them: text in two parts, the reason to stop, usage. */
export async function* chunksOf(text: string, usage?: object): AsyncGenerator<object, void> {
  const half = text.length >> 1;
  yield chunk([{ index: 0, delta: { role: 'assistant', content: text.slice(0, half) }, finish_reason: null }]);
  yield chunk([{ index: 0, delta: { content: text.slice(half) }, finish_reason: null }]);
  yield chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  if (usage !== undefined) yield chunk([], usage);
}

const textOf = (response: unknown): string => codecs.openaiChat.decodeResponse(response)?.message ?? '';
const textOfChunks = (chunks: readonly unknown[]): string =>
  chunks
    .map((each) => (each as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '')
    .join('');

/** A provider asked by buffered calls or by streams. Its intercepts go with the test, or where they are kept. */
export function provider(streaming: boolean, keep: (registration: Registration) => unknown = forThisTest): Provider {
  const bill = { input: 0, output: 0, inferences: 0 };
  const fails: boolean[] = [];
  const charge = (): { text: string; usage: object } => {
    const number = ++bill.inferences;
    if (fails.shift() === true) throw Object.assign(new Error('overloaded'), { code: 'overloaded_error' });
    const usage = { prompt_tokens: 10 ** (number % 5), completion_tokens: number, total_tokens: 0 };
    bill.input += usage.prompt_tokens;
    bill.output += usage.completion_tokens;
    return { text: `answer ${number}`, usage };
  };
  const ask = async (): Promise<string> => {
    const options = { name: 'ask', request: { content } };
    if (!streaming) {
      const response = await flow.llm.execute(options, async () => {
        const { text, usage } = charge();
        return completion(text, usage);
      });
      return textOf(response);
    }
    const chunks = await flow.llm.stream(options, async () => {
      const { text, usage } = charge();
      return chunksOf(text, usage);
    });
    return textOfChunks(await collect(chunks));
  };
  const intercept: Provider['intercept'] = (name, around) => {
    if (streaming) {
      const registration = flow.llm.addStreamExecutionIntercept(name, async function* intercepted(_, next) {
        // Untouched answers are passed on chunk by chunk, others are made anew.
        const given = new Map<string, readonly unknown[]>();
        const answer = await around(async () => {
          const chunks = await collect(await next());
          const text = textOfChunks(chunks);
          given.set(text, chunks);
          return text;
        });
        yield* given.get(answer) ?? chunksOf(answer);
      });
      keep(registration);
      return;
    }
    const registration = flow.llm.addExecutionIntercept(name, async (_, next) => {
      const given = new Map<string, unknown>();
      const answer = await around(async () => {
        const response = await next();
        given.set(textOf(response), response);
        return textOf(response);
      });
      return given.get(answer) ?? completion(answer);
    });
    keep(registration);
  };
  return { ask, intercept, bill, fails };
}

/** Usage that a model call's end event says is its own. */
export function ownUsage(end: AtofEvent): Usage | undefined {
  const own = end.metadata?.['flow.usage'];
  if (own !== undefined) return (own ?? undefined) as Usage | undefined;
  return codecs.openaiChat.decodeResponse(end.data)?.usage;
}

/** Sums of what all model calls among these events, or all finished spans, say is their own. */
export function chargedIn(events: readonly AtofEvent[]): { input: number; output: number } {
  const ends = events.filter((event) => event.kind === 'scope' && event.scope_category === 'end');
  const usages = ends.filter(({ category }) => category === 'llm').map((end) => ownUsage(end) ?? {});
  const sum = (numbers: readonly (number | undefined)[]): number =>
    numbers.reduce<number>((all, each) => all + (each ?? 0), 0);
  return {
    input: sum(usages.map((usage) => usage.input_tokens)),
    output: sum(usages.map((usage) => usage.output_tokens)),
  };
}

/** {@link chargedIn} for the spans that have ended; what the events say where there are none. */
export function chargedOnSpans(events: readonly AtofEvent[]): { input: number; output: number } {
  if (!setup.hasSpans) return chargedIn(events);
  const sum = (name: string): number =>
    setup.finishedSpans().reduce((all, { attributes }) => all + Number(attributes[name] ?? 0), 0);
  return { input: sum('gen_ai.usage.input_tokens'), output: sum('gen_ai.usage.output_tokens') };
}
