// SPDX-License-Identifier: Apache-2.0
import type { Codec } from '../codecs/annotated.ts';
import { describeRequest } from '../codecs/describe.ts';
import { detectRequest } from '../codecs/index.ts';
import { providerOf } from '../projections/provider.ts';
import { Call, type CallFields, type LlmRequest } from '../runtime/call.ts';
import { CallHandle } from '../runtime/call-handle.ts';
import type { CallView } from '../runtime/call-view.ts';
import {
  type ValueCodecs,
  callbackOf,
  checkValueCodecs,
  decode,
  decodeInput,
  encode,
  jsonCallback,
  jsonObservers,
  jsonStreamCallback,
  typedStream,
} from './typed-values.ts';
import type { ValueCodec } from '../codecs/value-codec.ts';
import {
  checkAttributes,
  checkFunction,
  checkMetadata,
  checkName,
  checkTime,
  invalid,
  shown,
} from '../runtime/checks.ts';
import { type Callback, execute } from '../runtime/execute.ts';
import { begin } from '../runtime/managed.ts';
import { checkCodec, checkSignal, checkText } from './call-checks.ts';
import { checkConditions, interceptRequest } from './steps.ts';
import { executeStream } from '../runtime/execute-stream.ts';
import { type ScopeHandle, scopeOf } from '../runtime/handle.ts';
import { currentFrame } from '../scope/stack.ts';

/** What every managed call can be made with. */
export interface CallOptions {
  readonly name: string;
  /** Flags, as on a scope. */
  readonly attributes?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Recorded where there is no output. */
  readonly data?: unknown;
  readonly parent?: ScopeHandle | undefined;
  /** The call's own signal follows it. */
  readonly signal?: AbortSignal | undefined;
}

/** A tool call. */
export interface ToolCallOptions<Args, Result = unknown> extends CallOptions {
  readonly args: Args;
  /** Middleware and events get the JSON forms; the function and the caller get the values. */
  readonly valueCodecs?: {
    readonly args?: ValueCodec<Args> | undefined;
    readonly result?: ValueCodec<Result> | undefined;
  };
  /** The provider's id of the call (`tool_call_id`). */
  readonly id?: string | undefined;
}

/** A request to a model. A missing `headers` is none. */
export interface LlmRequestInput {
  readonly headers?: LlmRequest['headers'] | undefined;
  /** The provider's own body, or what `valueCodecs.request` makes it of. */
  readonly content: unknown;
}

/** A model call. */
export interface LlmCallOptions<Response = unknown> extends CallOptions {
  readonly request: LlmRequestInput;
  /** Middleware, provider codec and events get the JSON forms; the function and the caller get the values. `request` is for its `content`. */
  readonly valueCodecs?: {
    // oxlint-disable-next-line typescript/no-explicit-any -- the content's own type is not known here
    readonly request?: ValueCodec<any> | undefined;
    readonly response?: ValueCodec<Response> | undefined;
  };
  /** Default: what the request itself names. */
  readonly model?: string | undefined;
  /** `gen_ai.provider.name`. Default: the call's name where that is a provider's, else the provider whose codec it has, else its name. */
  readonly provider?: string | undefined;
  /** The request carries the `traceparent` of this call's span. Default: `FLOW_PROPAGATE_TO_MODELS`. */
  readonly propagate?: boolean | undefined;
  /** Understands request and response. Default: detected by the request's shape. */
  readonly codec?: Codec | undefined;
}

/** A streaming model call. */
export interface LlmStreamOptions<Chunk> extends Omit<LlmCallOptions, 'valueCodecs'> {
  readonly valueCodecs?: {
    // oxlint-disable-next-line typescript/no-explicit-any -- as above; of the response only the finalizer knows the type
    readonly [Name in 'request' | 'response']?: ValueCodec<any> | undefined;
  } & { readonly chunk?: ValueCodec<Chunk> | undefined };
  /** Sees each chunk before the consumer does; what it throws ends the stream with that error. */
  readonly collector?: ((chunk: Chunk) => unknown) | undefined;
  /** Called once when the stream has ended, however; what it returns is recorded as the response. */
  readonly finalizer?: (() => unknown) | undefined;
}

/** A model call that somebody else makes: recorded by hand, or asked about step by step. */
export interface LlmStepOptions extends LlmCallOptions {
  /** It opens a stream. */
  readonly streaming?: boolean | undefined;
}

/** Options of either form of a model call. */
type AnyLlmOptions = Omit<LlmCallOptions, 'valueCodecs'> & { readonly valueCodecs?: object | undefined };

/** Calls of `flow.tool`. */
export interface ToolCalls {
  /** Runs the function through the pipeline. The result is exactly what the function or an intercept returned. */
  execute<Args, Result>(
    options: ToolCallOptions<Args, Awaited<Result>>,
    fn: (args: Args, call: CallView) => Result | PromiseLike<Result>,
  ): Promise<Awaited<Result>>;
  /** Records a call that the application makes itself: no guardrail or intercept sees it. It becomes current only inside its own `run`. */
  start(options: ToolCallOptions<unknown> & { readonly time?: number | undefined }): CallHandle;
  /** Asks the guardrails alone: rejects with what refuses the call. */
  checkConditions(options: ToolCallOptions<unknown>): Promise<void>;
  /** Runs the request intercepts alone: resolves to the arguments to call with. */
  applyRequestIntercepts<Args>(options: ToolCallOptions<Args>): Promise<Args>;
  /** The function as a managed tool: its first argument are the call's args, `this` and further arguments pass through. */
  wrap<Args extends unknown[], Result>(
    name: string,
    fn: (...args: Args) => Result,
  ): (...args: Args) => Promise<Awaited<Result>>;
}

/** Calls of `flow.llm`. */
export interface LlmCalls {
  execute<Result>(
    options: LlmCallOptions<Awaited<Result>>,
    fn: (request: LlmRequest, call: CallView) => Result | PromiseLike<Result>,
  ): Promise<Awaited<Result>>;
  /** Records a call that the application makes itself: no guardrail or intercept sees it. It becomes current only inside its own `run`. */
  start(options: LlmStepOptions & { readonly time?: number | undefined }): CallHandle;
  /** Asks the guardrails alone: rejects with what refuses the call. */
  checkConditions(options: LlmStepOptions): Promise<void>;
  /** Runs the request intercepts alone: resolves to the request to send. */
  applyRequestIntercepts(options: LlmStepOptions): Promise<LlmRequest>;
  /** Resolves when the stream is open. Chunks are pulled one at a time; closing the iterator aborts `call.signal` first. */
  stream<Chunk>(
    options: LlmStreamOptions<Chunk>,
    fn: (request: LlmRequest, call: CallView) => AsyncIterable<Chunk> | PromiseLike<AsyncIterable<Chunk>>,
  ): Promise<AsyncIterableIterator<Chunk> & AsyncDisposable>;
}

function toolFields(options: ToolCallOptions<unknown>): CallFields {
  const where = whereOf('flow.tool', options);
  const { name, attributes, metadata, data, parent, signal } = commonFields(where, options);
  const codecs = checkValueCodecs(where, options.valueCodecs, ['args', 'result']);
  const callId = checkText(where, 'id', options.id);
  const input = encode(codecs?.args, options.args);
  // Member by member: a literal that begins with a spread takes twice the memory.
  return { kind: 'tool', type: 'tool', name, input, callId, attributes, metadata, data, parent, signal };
}

function llmFields(options: AnyLlmOptions, streaming: boolean): CallFields {
  const where = whereOf('flow.llm', options);
  const common = commonFields(where, options);
  const { request } = options;
  if (typeof request !== 'object' || request === null || !('content' in request))
    invalid(where, "request must be { headers?, content } with the provider's body as content", request);
  const names = streaming ? ['request', 'response', 'chunk'] : ['request', 'response'];
  const codecs = checkValueCodecs(where, options.valueCodecs, names);
  const { headers = {} } = request;
  const content = encode(codecs?.request, request.content);
  if (typeof headers !== 'object' || headers === null) invalid(where, 'request.headers must be an object', headers);
  const codec = checkCodec(where, options.codec) ?? detectRequest(content);
  const flags = common.attributes ?? [];
  return {
    ...common,
    kind: 'llm',
    type: codec?.operation === 'embeddings' ? 'embedder' : 'llm',
    input: { headers, content },
    codec,
    streaming,
    propagate: options.propagate,
    attributes: streaming && !flags.includes('streaming') ? [...flags, 'streaming'].toSorted() : flags,
    model: checkText(where, 'model', options.model) ?? modelOf(codec, content),
    provider: checkText(where, 'provider', options.provider) ?? providerOf(common.name, codec),
  };
}

// Asked before the options are checked.
const isStreaming = (options: { readonly streaming?: unknown } | undefined): boolean => options?.streaming === true;

// The content may be anything, also an object that cannot be read, and the codec the application's own.
function modelOf(codec: Codec | undefined, content: unknown): string | undefined {
  try {
    const model = (content as { model?: unknown } | null | undefined)?.model;
    if (typeof model === 'string') return model;
    return codec === undefined ? undefined : describeRequest(codec, content)?.model;
  } catch {
    return undefined;
  }
}

function whereOf(family: string, options: CallOptions): string {
  if (typeof options !== 'object' || options === null) invalid(family, 'options are needed', options);
  return `${family} '${shown(options.name)}'`;
}

function commonFields(where: string, options: CallOptions) {
  return {
    name: checkName(where, options.name),
    attributes: checkAttributes(where, options.attributes),
    metadata: checkMetadata(where, options.metadata),
    data: options.data,
    parent: options.parent === undefined ? undefined : scopeOf(where, options.parent),
    signal: checkSignal(where, options.signal),
  };
}

// What an async function does, without the ticks that it takes to return another's promise.
function rejecting<Result>(open: () => Promise<Result>): Promise<Result> {
  try {
    return open();
  } catch (error) {
    return Promise.reject(error);
  }
}

function open(fields: CallFields, where: string, time: number | undefined, codecs: unknown): CallHandle {
  const call = new Call(fields, currentFrame());
  begin(call, { time: checkTime(`${where}('${fields.name}')`, time), detached: true });
  const { result, response } = (codecs ?? {}) as ValueCodecs;
  return new CallHandle(call, (value) => encode(result ?? response, value));
}

function executeWith(fields: CallFields, codecs: unknown, callback: Callback): Promise<unknown> {
  const call = new Call(fields, currentFrame());
  if (codecs === undefined) return execute(call, callback);
  const typed = codecs as ValueCodecs;
  return execute(call, jsonCallback(typed, callback)).then((json) => decode(typed.result ?? typed.response, json));
}

async function interceptedInput(fields: CallFields, codecs: unknown): Promise<unknown> {
  return decodeInput((codecs ?? {}) as ValueCodecs, await interceptRequest(new Call(fields, currentFrame())));
}

/** The managed tool calls of this process. */
export const toolCalls: ToolCalls = Object.freeze({
  execute: (options: ToolCallOptions<unknown>, fn: unknown) =>
    rejecting(() => {
      const fields = toolFields(options);
      return executeWith(fields, options.valueCodecs, callbackOf(`flow.tool.execute('${fields.name}')`, fn));
    }),
  start: (options: ToolCallOptions<unknown> & { time?: number }) =>
    open(toolFields(options), 'flow.tool.start', options.time, options.valueCodecs),
  checkConditions: (options: ToolCallOptions<unknown>) =>
    rejecting(() => checkConditions(new Call(toolFields(options), currentFrame()))),
  applyRequestIntercepts: (options: ToolCallOptions<unknown>) =>
    rejecting(() => interceptedInput(toolFields(options), options.valueCodecs)),
  wrap(name: string, fn: (...values: unknown[]) => unknown) {
    checkName('flow.tool.wrap', name);
    checkFunction(`flow.tool.wrap('${name}')`, fn);
    async function managed(this: unknown, ...all: unknown[]): Promise<unknown> {
      const call = new Call({ kind: 'tool', type: 'tool', name, input: all[0] }, currentFrame());
      // An argument that was left out stays left out, unless an intercept has put something there.
      return execute(call, (given: unknown) =>
        all.length === 0 && given === undefined ? fn.call(this) : fn.call(this, given, ...all.slice(1)),
      );
    }
    // Frameworks read both.
    const { name: ownName, length } = fn;
    return Object.defineProperties(managed, { name: { value: ownName }, length: { value: length } });
  },
}) as ToolCalls;

/** The managed model calls of this process. */
export const llmCalls: LlmCalls = Object.freeze({
  execute: (options: LlmCallOptions, fn: unknown) =>
    rejecting(() => {
      const fields = llmFields(options, false);
      return executeWith(fields, options.valueCodecs, callbackOf(`flow.llm.execute('${fields.name}')`, fn));
    }),
  start: (options: LlmStepOptions & { time?: number }) =>
    open(llmFields(options, isStreaming(options)), 'flow.llm.start', options.time, options.valueCodecs),
  async checkConditions(options: LlmStepOptions) {
    await checkConditions(new Call(llmFields(options, isStreaming(options)), currentFrame()));
  },
  applyRequestIntercepts: (options: LlmStepOptions) =>
    rejecting(() => interceptedInput(llmFields(options, isStreaming(options)), options.valueCodecs)),
  async stream(options: LlmStreamOptions<unknown>, fn: unknown) {
    const fields = llmFields(options, true);
    const callback = callbackOf(`flow.llm.stream('${fields.name}')`, fn);
    const observers = { collector: options.collector, finalizer: options.finalizer };
    const call = new Call(fields, currentFrame());
    const codecs = options.valueCodecs as ValueCodecs | undefined;
    if (codecs === undefined) return executeStream(call, callback, observers);
    const stream = await executeStream(call, jsonStreamCallback(codecs, callback), jsonObservers(codecs, observers));
    return typedStream(codecs, stream);
  },
}) as LlmCalls;
