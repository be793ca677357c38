// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import { FlowError } from '../errors.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import type { LoadedPackage } from './definition.ts';
import { type Ask, asking, isIntercepted, openCall } from './langchain-call.ts';
import { plainChunk, plainEvent } from './langchain-messages.ts';
import { chunkFrom } from './langchain-rebuild.ts';
import { Tokens } from './langchain-tokens.ts';

/** Of a chunk in our form the model's own. Enumerable on purpose: an intercept that changes a chunk copies it by spreading it. */
const SOURCE: unique symbol = Symbol('source') as never;

interface Plain {
  readonly choices?: any[];
  readonly [SOURCE]?: {
    readonly real: any;
    /** The chunk as it was: an intercept may change it in place. */
    readonly printed: string | undefined;
  };
}

function plainOf(real: any, plain: object, intercepted: boolean): Plain {
  return { ...plain, [SOURCE]: { real, printed: intercepted ? JSON.stringify(plain) : undefined } };
}

const isUntouched = (plain: Plain): boolean =>
  plain[SOURCE] !== undefined &&
  (plain[SOURCE].printed === undefined || plain[SOURCE].printed === JSON.stringify(plain));

/** The stream of a model in chunks. What no intercept has changed is the model's own chunk. */
export async function* streamChunks(
  model: any,
  loaded: LoadedPackage,
  messages: any[],
  options: any,
  manager: any,
  send: (messages: any[], options: any, manager: any) => AsyncIterable<any>,
): AsyncGenerator<any> {
  const call = openCall(model, messages, options, true);
  loaded.tally.calls++;
  const intercepted = isIntercepted(call);
  const tokens = intercepted && manager ? new Tokens(manager) : undefined;
  const ask = asking(model, call, messages, options, (given, changed) =>
    send(given, changed, tokens?.manager ?? manager),
  );
  const stream = await open(call, async function* (request) {
    let usage: any;
    for await (const real of ask(request)) {
      usage = sumOf(usage, real.message?.usage_metadata);
      tokens?.came(real);
      yield plainOf(real, plainChunk(real, call.model, usage), intercepted);
    }
  });
  for await (const plain of stream) {
    const source: unknown = plain[SOURCE]?.real;
    const chunk: unknown = isUntouched(plain) ? source : chunkFrom(plain, source, loaded);
    yield chunk;
    await tokens?.gave(chunk, source);
  }
}

function open(call: Call, chunks: (request: LlmRequest) => AsyncIterable<Plain>): Promise<AsyncIterable<Plain>> {
  return getRuntime().internals.executeStream(call, chunks) as Promise<AsyncIterable<Plain>>;
}

/** The stream of a model in events, which only some models have of their own. */
export async function* streamEvents(
  model: any,
  { base, loaded }: { readonly base: any; readonly loaded: LoadedPackage },
  messages: any[],
  options: any,
  send: Ask,
): AsyncGenerator<any> {
  const call = openCall(model, messages, options, true);
  loaded.tally.calls++;
  const intercepted = isIntercepted(call);
  const ask = asking(model, call, messages, options, send);
  const stream = await open(call, async function* (request) {
    for await (const event of ask(request)) yield plainOf(event, plainEvent(event, call.model), intercepted);
  });
  const iterator = stream[Symbol.asyncIterator]();
  const rest = { [Symbol.asyncIterator]: () => iterator };
  const first = await iterator.next();
  if (first.done === true) return;
  if (first.value[SOURCE] !== undefined) {
    const texts = new Map<unknown, string>();
    yield eventFrom(first.value, texts);
    for await (const plain of rest) yield eventFrom(plain, texts);
    return;
  }
  // An intercept's own: the framework makes events of the chunks.
  const made = async function* (): AsyncGenerator<any> {
    yield chunkFrom(first.value, undefined, loaded);
    for await (const plain of rest) yield chunkFrom(plain, undefined, loaded);
  };
  yield* base.prototype._streamChatModelEvents.call({ _streamResponseChunks: made }, messages, options ?? {});
}

/** Events tell a text twice, in parts and as a whole: `texts` is what was given of each in parts. */
function eventFrom(plain: Plain, texts: Map<unknown, string>): any {
  const event = plain[SOURCE]?.real ?? { event: 'content-block-delta', index: 0, delta: { type: 'text-delta' } };
  const { delta, content, index } = event;
  if (delta?.type === 'text-delta') {
    const text = String(plain.choices?.[0]?.delta?.content ?? '');
    texts.set(index, (texts.get(index) ?? '') + text);
    return text === delta.text ? event : { ...event, delta: { ...delta, text } };
  }
  if (!isUntouched(plain) && isOther(plain))
    throw new FlowError(
      'FLOW_INVALID_ARGUMENT',
      `an intercept changed more than text in a stream of a LangChain model's own events (${event.event}); use chunks: model.stream()`,
    );
  const given = event.event === 'content-block-finish' && content?.type === 'text' ? texts.get(index) : undefined;
  return given === undefined || given === content.text ? event : { ...event, content: { ...content, text: given } };
}

/** Whether it says something else; not only in another order. */
function isOther(plain: Plain): boolean {
  const { real: event, printed } = plain[SOURCE] as NonNullable<Plain[typeof SOURCE]>;
  const before = (JSON.parse(printed as string) as Plain).choices?.[0]?.delta;
  return event !== undefined && !sameJson(before, plain.choices?.[0]?.delta);
}

function sumOf(before: any, usage: any): any {
  if (before === undefined || usage === undefined || usage === null) return usage ?? before;
  const sum: Record<string, unknown> = { ...before, ...usage };
  for (const key of ['input_tokens', 'output_tokens', 'total_tokens'])
    sum[key] = (before[key] ?? 0) + (usage[key] ?? 0);
  return sum;
}
