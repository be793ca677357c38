// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's objects */
import { getRuntime } from '../api/runtime.ts';
import { aiSdk } from '../codecs/ai-sdk.ts';
import type { Call, CallFields, LlmRequest } from '../runtime/call.ts';
import { isLeftToSdk } from './ai-telemetry.ts';
import type { LoadedPackage } from './definition.ts';
import { flattenHeaders } from './headers.ts';
import { isOwnedAbove, ownModelCall } from './model-owner.ts';
import { copyWith } from './tool-copy.ts';
import { mustSeeAll } from './unpatched.ts';
import { watchWire } from './wire-watch.ts';

/** Whose models these are, and where their calls are counted. */
interface Owner {
  readonly by: string;
  readonly tally: LoadedPackage['tally'];
}

/** Models that `wrapLanguageModel` has made, and what is beneath. */
const beneath = new WeakMap<object, unknown>();
/** By model, so that the SDK gets the same object each time. */
const managed = new WeakMap<object, object>();
const views = new WeakSet<object>();

/** Notes which model a model of the SDK's own wrapping calls. */
export function noteWrapped(wrapped: unknown, model: unknown): void {
  if (typeof wrapped === 'object' && wrapped !== null) beneath.set(wrapped, model);
}

/** Classes of models whose requests were seen at the wire, and those whose were not although they look as if. */
const atWire = new WeakSet<object>();
const pastWire = new WeakSet<object>();

/**
 * A model whose calls pass a seam of ours beneath is given back as it is. Any other comes as a view whose `doGenerate` and `doStream` are managed calls;
 * the application's own object is never written to. Whether there is a seam shows at the first call of a class: its package may have utilities of its own.
 */
export function manageModel(model: any, owner: Owner): any {
  if (typeof model !== 'object' || model === null || views.has(model)) return model;
  if (hasSeamBeneath(model) && (beneath.has(model) || atWire.has(kindOf(model)))) return model;
  const known = managed.get(model);
  if (known !== undefined) return known;
  const methods: Record<string, unknown> = {};
  for (const [name, manage] of [
    ['doGenerate', generate],
    ['doStream', stream],
  ] as const)
    if (typeof model[name] === 'function')
      methods[name] = (options: any) =>
        call(
          model,
          () => model[name](options),
          () => manage(model, options, owner),
        );
  if (Object.keys(methods).length === 0) return model;
  const view = copyWith(model, methods);
  managed.set(model, view);
  views.add(view);
  return view;
}

async function call(model: any, plain: () => unknown, managedCall: () => Promise<unknown>): Promise<unknown> {
  const kind = kindOf(model);
  if (isOwnedAbove() || atWire.has(kind)) return plain();
  if (!hasSeamBeneath(model)) return managedCall();
  const isManaged = mustSeeAll();
  const { result, passed } = await watchWire(isManaged ? managedCall : plain);
  (passed ? atWire : pastWire).add(kind);
  if (!passed && !isManaged) tellPast(model);
  return result;
}

function tellPast({ provider }: any): void {
  getRuntime().internals.settings.print(
    'warn',
    `ai: a model of '${provider}' sends past the provider utilities that Flow patches: its first call was neither observed nor controlled, ` +
      `its next ones are; FLOW_UNPATCHED=refuse has the first one managed, too`,
  );
}

/** Models of one class send alike; one that is no instance of a class is told by itself. */
function kindOf(model: any): object {
  const { constructor } = model;
  return typeof constructor === 'function' && constructor !== Object ? constructor : model;
}

/** Providers whose requests the wire seam does not know: their own formats, binary streams, the old completions, utilities bundled into their package. */
const OTHER_WIRE = /^(?:amazon-bedrock|cohere|openrouter)\b|\.completion$/;

/** Models made with the SDK's provider utilities keep what they send requests with: headers, and where to. */
function hasSeamBeneath(model: any): boolean {
  const inner = beneath.get(model);
  if (inner !== undefined) return typeof inner === 'string' || hasSeamBeneath(inner);
  if (pastWire.has(kindOf(model))) return false;
  const headers: unknown = model.config?.headers;
  const sends = typeof headers === 'function' || (typeof headers === 'object' && headers !== null);
  return sends && !OTHER_WIRE.test(String(model.provider));
}

function callOf(model: any, options: any, streaming: boolean, { by, tally }: Owner): Call {
  const { Call: CallClass, currentFrame, settings } = getRuntime().internals;
  const { abortSignal, headers, ...content } = options;
  const fields: CallFields = {
    kind: 'llm',
    type: 'llm',
    name: by,
    input: { headers: flattenHeaders(headers), content },
    codec: aiSdk,
    provider: providerOf(model),
    model: String(model.modelId),
    streaming,
    spans: settings.hasSpans(by) && !isLeftToSdk(),
    attributes: streaming ? ['streaming'] : undefined,
    signal: abortSignal instanceof AbortSignal ? abortSignal : undefined,
  };
  const call = new CallClass(fields, currentFrame());
  ownModelCall(call);
  tally.calls++;
  return call;
}

const PROVIDERS: Readonly<Record<string, string>> = { 'amazon-bedrock': 'aws.bedrock' };

/** Models are of providers such as `cohere.chat`. */
function providerOf(model: any): string {
  const [name = ''] = String(model.provider).split('.', 1);
  return PROVIDERS[name] ?? name;
}

/** The options with what middleware has made of the request. */
function given(options: any, { headers, content }: LlmRequest, signal: AbortSignal): object {
  const changed: Record<string, unknown> = { ...content };
  const kept = Object.entries(headers).filter(([, value]) => value !== null);
  if ('headers' in options || kept.length > 0) changed['headers'] = Object.fromEntries(kept);
  if ('abortSignal' in options) changed['abortSignal'] = options.abortSignal === undefined ? undefined : signal;
  return changed;
}

function generate(model: any, options: any, owner: Owner): Promise<unknown> {
  const call = callOf(model, options, false, owner);
  return getRuntime().internals.execute(call, (request: LlmRequest) =>
    model.doGenerate(given(options, request, call.signal)),
  );
}

async function stream(model: any, options: any, owner: Owner): Promise<unknown> {
  const call = callOf(model, options, true, owner);
  let opened: object = {};
  const parts = await getRuntime().internals.executeStream(call, async (request: LlmRequest) => {
    const result = await model.doStream(given(options, request, call.signal));
    opened = result;
    return result.stream;
  });
  return { ...opened, stream: readableOf(parts) };
}

function readableOf(parts: AsyncIterator<unknown>): ReadableStream<unknown> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await parts.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await parts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
