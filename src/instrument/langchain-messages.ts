// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's objects */

const ROLES: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant' };

const typeOf = (value: any): unknown => value?._getType?.() ?? value?.getType?.();
const isMessage = (value: any): boolean => typeof value === 'object' && typeof typeOf(value) === 'string';

/** A message of LangChain as a message of OpenAI's chat completions, which every reader of ours knows; anything else as it is. */
export function plainMessage(message: any): any {
  if (!isMessage(message)) return message;
  const type = typeOf(message) as string;
  const { name, content, tool_call_id: answers, tool_calls: calls } = message;
  return {
    role: type === 'generic' ? message.role : (ROLES[type] ?? type),
    content,
    ...(name !== undefined && type !== 'tool' && { name }),
    ...(answers !== undefined && { tool_call_id: answers }),
    ...(calls?.length > 0 && { tool_calls: calls.map(plainToolCall) }),
  };
}

function plainToolCall({ id, name, args }: any): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args ?? {}) } };
}

/** The state of a graph with its messages in that form; anything else as it is. */
export function plainState(state: any): unknown {
  if (Array.isArray(state)) return state.map(plainMessage);
  const messages: unknown = isMessage(state) ? undefined : state?.messages;
  if (messages === undefined) return plainMessage(state);
  return { ...state, messages: Array.isArray(messages) ? messages.map(plainMessage) : plainMessage(messages) };
}

/** What a model answered, in the form of a chat completion. */
export function plainResult({ generations }: any, model: string | undefined): object {
  const messages: any[] = (generations ?? []).map((generation: any) => generation.message);
  const [first] = messages;
  const usage = plainUsage(first?.usage_metadata);
  return {
    id: first?.id,
    object: 'chat.completion',
    model: servedModel(first) ?? model,
    choices: messages.map((message, index) => ({
      index,
      message: { ...plainMessage(message), content: textOf(message) },
      finish_reason: finishReason(message) ?? (message?.tool_calls?.length > 0 ? 'tool_calls' : 'stop'),
    })),
    ...(usage && { usage }),
  };
}

/** A chunk of a stream, in the form of one of a chat completion. `usage` is what the stream has used up to here: each chunk tells its part. */
export function plainChunk({ message, generationInfo }: any, model: string | undefined, usage: any): object {
  const delta: Record<string, unknown> = { content: textOf(message) };
  const calls: any[] = message?.tool_call_chunks ?? [];
  if (calls.length > 0)
    delta['tool_calls'] = calls.map(({ index = 0, id, name, args }, at) => ({
      index: index ?? at,
      ...(id && { id }),
      type: 'function',
      function: { ...(name && { name }), arguments: args ?? '' },
    }));
  const reason = finishReason(message) ?? finishReason({ response_metadata: generationInfo });
  return {
    id: message?.id,
    object: 'chat.completion.chunk',
    model: servedModel(message) ?? model,
    choices: [{ index: 0, delta, finish_reason: reason ?? null }],
    ...(message?.usage_metadata && { usage: plainUsage(usage) }),
  };
}

/** An event of the newer streams, in that form as well. */
export function plainEvent(event: any, model: string | undefined): object {
  const { delta, content, usage } = event;
  const isCall = event.event === 'content-block-finish' && content?.type === 'tool_call';
  const called = isCall && {
    tool_calls: [{ index: event.index ?? 0, ...plainToolCall(content) }],
  };
  return {
    id: event.event === 'message-start' ? event.id : undefined,
    object: 'chat.completion.chunk',
    model,
    choices: [
      {
        index: 0,
        delta: { content: delta?.type === 'text-delta' ? delta.text : '', ...called },
        finish_reason: event.event === 'message-finish' ? (event.reason ?? 'stop') : null,
      },
    ],
    ...(usage && { usage: plainUsage(usage) }),
  };
}

function plainUsage(usage: any): object | undefined {
  if (usage === undefined || usage === null) return undefined;
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
  const { cache_read: cached } = usage.input_token_details ?? {};
  const { reasoning } = usage.output_token_details ?? {};
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    ...(cached !== undefined && { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}

function textOf(message: any): unknown {
  const content: unknown = message?.content;
  if (!Array.isArray(content)) return content ?? '';
  const texts = content.filter((block) => typeof block === 'string' || block?.type === 'text');
  return texts.map((block) => (typeof block === 'string' ? block : block.text)).join('');
}

const servedModel = (message: any): unknown =>
  message?.response_metadata?.model_name ?? message?.response_metadata?.model;

const finishReason = (message: any): unknown => {
  const { finish_reason: finish, stop_reason: stop, done_reason: done } = message?.response_metadata ?? {};
  return finish ?? stop ?? done;
};
