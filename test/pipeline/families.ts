// SPDX-License-Identifier: Apache-2.0
import { onTestFinished } from 'vitest';
import {
  type CallView,
  flow,
  type LlmRegistrar,
  type LlmRequest,
  type Registration,
  type RegisterOptions,
  type Registrar,
  type ScopeHandle,
  type ToolRegistrar,
} from '../../src/api/index.ts';

/** What the real function of a call gets and returns, in the same words for all families. */
export type Body = (value: string, call: CallView) => unknown;
/** An execution intercept in the same words for all families. */
export type Around = (call: CallView, next: (value?: string) => Promise<unknown>) => unknown;

/** Options that the three families share. */
export interface Options {
  readonly name?: string;
  readonly attributes?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly parent?: ScopeHandle;
  readonly signal?: AbortSignal;
}

/**
 * One kind of managed call whose input is a text: tool arguments `{ v }`, or a request with the content `{ v }`. A stream brings its
 * result as its only chunk and is consumed to its end, so the rules that all families share can be tested once.
 */
export interface Family {
  readonly family: 'tool' | 'llm' | 'stream';
  readonly kind: 'tool' | 'llm';
  call(value: string, body?: Body, options?: Options): Promise<unknown>;
  /** The call's input as a middleware sees it. */
  valueOf(call: CallView): string;
  /** What an intercept returns to change the input. */
  changed(value: string): unknown;
  registrar(owner: Registrar): ToolRegistrar | LlmRegistrar;
  addExecution(name: string, around: Around, options?: RegisterOptions, owner?: Registrar): Registration;
}

const echo: Body = (value) => `${value}!`;
const request = (v: string): LlmRequest => ({ headers: {}, content: { v } });
const textOf = (input: unknown): string => (input as { v: string }).v;

/** A stream of these chunks. */
export async function* streamOf<Chunk>(...chunks: readonly Chunk[]): AsyncGenerator<Chunk, void> {
  yield* chunks;
}

/** Consumes a stream to its end. */
export async function collect<Chunk>(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** Removes the registration when the test has finished. */
export function forThisTest<Each extends Registration>(registration: Each): Each {
  onTestFinished(() => void registration.remove());
  return registration;
}

const tool: Family = {
  family: 'tool',
  kind: 'tool',
  call: (value, body = echo, { name = 'call', ...options } = {}) =>
    flow.tool.execute({ ...options, name, args: { v: value } }, (args, call) => body(textOf(args), call)),
  valueOf: (call) => textOf(call.args),
  changed: (v) => ({ v }),
  registrar: (owner) => owner.tool,
  addExecution: (name, around, options, owner = flow) =>
    owner.tool.addExecutionIntercept(
      name,
      (call, next) => around(call, (v) => (v === undefined ? next() : next({ v }))),
      options,
    ),
};

const llm: Family = {
  family: 'llm',
  kind: 'llm',
  call: (value, body = echo, { name = 'call', ...options } = {}) =>
    flow.llm.execute({ ...options, name, request: request(value) }, (given, call) => body(textOf(given.content), call)),
  valueOf: (call) => textOf(call.request.content),
  changed: (v) => ({ content: { v } }),
  registrar: (owner) => owner.llm,
  addExecution: (name, around, options, owner = flow) =>
    owner.llm.addExecutionIntercept(
      name,
      (call, next) => around(call, (v) => (v === undefined ? next() : next({ content: { v } }))),
      options,
    ),
};

const stream: Family = {
  ...llm,
  family: 'stream',
  async call(value, body = echo, { name = 'call', ...options } = {}) {
    let last: unknown;
    const chunks = await flow.llm.stream(
      { ...options, name, request: request(value), collector: (chunk) => void (last = chunk), finalizer: () => last },
      async (given, call) => streamOf(await body(textOf(given.content), call)),
    );
    return (await collect(chunks)).at(-1);
  },
  addExecution: (name, around, options, owner = flow) =>
    owner.llm.addStreamExecutionIntercept(
      name,
      async function* intercept(call, next) {
        const rest = async (v?: string): Promise<unknown> =>
          (await collect(await (v === undefined ? next() : next({ content: { v } })))).at(-1);
        yield await around(call, rest);
      },
      options,
    ),
};

/** Tools, buffered model calls and streams, for `describe.each`. */
export const FAMILIES: readonly Family[] = [tool, llm, stream];
