// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's objects */
import { getRuntime } from '../api/runtime.ts';
import { aiSdk } from '../codecs/ai-sdk.ts';
import { aiSdkEmbeddings } from '../codecs/ai-sdk-embeddings.ts';
import type { Codec } from '../codecs/annotated.ts';
import type { Call, CallFields, LlmRequest } from '../runtime/call.ts';
import { noteModelStream } from './ai-leaving.ts';
import { isLeftToSdk } from './ai-telemetry.ts';
import type { LoadedPackage } from './definition.ts';
import { flattenHeaders } from './headers.ts';
import { leaverOfCall } from './leave-stream.ts';
import { ownModelCall } from './model-owner.ts';

/** Whose models these are, and where their calls are counted. */
export interface Owner {
  readonly by: string;
  readonly tally: LoadedPackage['tally'];
}

/** A method of models: in whose words it is asked, and how a call of it is managed. */
export interface ModelMethod {
  readonly codec: Codec;
  manage(model: any, options: any, owner: Owner): Promise<unknown>;
}

/** The methods of language and embedding models that ask them for something. */
export const MODEL_METHODS: Readonly<Record<string, ModelMethod>> = {
  doGenerate: { codec: aiSdk, manage: plainly('doGenerate', aiSdk) },
  doStream: { codec: aiSdk, manage: stream },
  doEmbed: { codec: aiSdkEmbeddings, manage: plainly('doEmbed', aiSdkEmbeddings) },
};

function callOf(model: any, options: any, codec: Codec, streaming: boolean, { by, tally }: Owner): Call {
  const { Call: CallClass, currentFrame, settings } = getRuntime().internals;
  const { abortSignal, headers, ...content } = options;
  const fields: CallFields = {
    kind: 'llm',
    type: codec.operation === 'embeddings' ? 'embedder' : 'llm',
    name: by,
    input: { headers: flattenHeaders(headers), content },
    codec,
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

function plainly(name: string, codec: Codec): ModelMethod['manage'] {
  return (model, options, owner) => {
    const call = callOf(model, options, codec, false, owner);
    return getRuntime().internals.execute(call, (request: LlmRequest) =>
      model[name](given(options, request, call.signal)),
    );
  };
}

async function stream(model: any, options: any, owner: Owner): Promise<unknown> {
  const call = callOf(model, options, aiSdk, true, owner);
  let opened: object = {};
  const parts = await getRuntime().internals.executeStream(call, async (request: LlmRequest) => {
    const result = await model.doStream(given(options, request, call.signal));
    opened = result;
    return result.stream;
  });
  noteModelStream(leaverOfCall(call));
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
