// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import { openaiChat } from '../codecs/index.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import { type Endpoint, isWrapped } from './exchange.ts';
import { plainMessage } from './langchain-messages.ts';
import { requestFrom } from './langchain-rebuild.ts';
import { ownModelCall } from './model-owner.ts';

const endpoint: Endpoint = { path: '', codec: openaiChat };

/** Whether an intercept stands between the model and its caller. */
export const isIntercepted = (call: Call): boolean => isWrapped(call, endpoint);

/** A call of the model. For lack of a provider's own form, its request, result and chunks are those of chat completions. */
export function openCall(model: any, messages: any[], options: any, streaming: boolean): Call {
  const { Call: CallClass, currentFrame, settings } = getRuntime().internals;
  const known = paramsOf(model, options);
  const name: unknown = known.ls_model_name ?? model.model ?? model.modelName;
  const tools: any[] | undefined = Array.isArray(options?.tools) ? options.tools.map(plainTool) : undefined;
  const content = {
    ...(typeof name === 'string' && { model: name }),
    messages: messages.map(plainMessage),
    ...(typeof known.ls_temperature === 'number' && { temperature: known.ls_temperature }),
    ...(typeof known.ls_max_tokens === 'number' && { max_tokens: known.ls_max_tokens }),
    ...(Array.isArray(options?.stop) && { stop: options.stop }),
    ...(tools && { tools }),
    ...(streaming && { stream: true }),
  };
  const call = new CallClass(
    {
      kind: 'llm',
      type: 'llm',
      name: 'langchain',
      input: { headers: {}, content },
      codec: openaiChat,
      provider: providerOf(known.ls_provider),
      model: typeof name === 'string' ? name : undefined,
      streaming,
      spans: settings.hasSpans('langchain'),
      attributes: streaming ? ['streaming'] : undefined,
      signal: options?.signal instanceof AbortSignal ? options.signal : undefined,
      propagate: false,
    },
    currentFrame(),
  );
  ownModelCall(call);
  if (isJudged(call)) call.input = { headers: {}, content: copyOf(content) };
  return call;
}

/** The framework's names where the conventions have others. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['amazon_bedrock', 'aws.bedrock'],
  ['azure', 'azure.ai.openai'],
  ['google_genai', 'gcp.gemini'],
  ['google_vertexai', 'gcp.vertex_ai'],
  ['mistral', 'mistral_ai'],
  ['xai', 'x_ai'],
]);

function providerOf(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
  const lower = name.toLowerCase();
  return PROVIDERS.get(lower) ?? lower;
}

function paramsOf(model: any, options: any): any {
  try {
    return model.getLsParams?.(options ?? {}) ?? {};
  } catch {
    return {};
  }
}

function plainTool(tool: any): any {
  if (tool?.type === 'function' || typeof tool?.name !== 'string' || typeof tool?.invoke !== 'function') return tool;
  return { type: 'function', function: { name: tool.name, description: tool.description } };
}

/** Asks the model itself. */
export type Ask = (messages: any[], options: any) => any;

/** Asks with the request as middleware left it, in the form that the model takes. */
export function asking(model: any, call: Call, messages: any[], options: any, ask: Ask): (request: LlmRequest) => any {
  if (!isJudged(call)) return () => ask(messages, options);
  const before = copyOf((call.input as LlmRequest).content);
  const given = [...messages];
  return ({ content }) => ask(...requestFrom(model, before, content, given, options));
}

const isJudged = (call: Call): boolean =>
  call.chains['llm.conditional_execution'].length > 0 ||
  call.chains['llm.request_intercept'].length > 0 ||
  isIntercepted(call);

// What policy judges is what is sent, whatever the application does to its own objects meanwhile.
function copyOf<Content extends object>(content: Content): Content {
  try {
    return JSON.parse(JSON.stringify(content)) as Content;
  } catch {
    return content;
  }
}
