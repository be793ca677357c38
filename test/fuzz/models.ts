// SPDX-License-Identifier: Apache-2.0
import type { Application } from './application.ts';
import { payload } from './payloads.ts';
import type { Random } from './random.ts';

type Make = (odd: () => unknown) => unknown;

/** Bodies in the providers' shapes, each with a member or more that is anything. */
const REQUESTS: readonly Make[] = [
  () => ({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  (odd) => ({ model: odd(), messages: [{ role: 'user', content: odd() }, odd()] }),
  (odd) => ({
    model: 'm',
    messages: [
      { role: 'assistant', tool_calls: [{ id: 'c', function: odd() }, odd()] },
      { role: 'tool', tool_call_id: odd(), content: odd() },
    ],
    tools: [odd(), { type: 'mcp', server_url: odd(), headers: odd() }],
  }),
  (odd) => ({ model: 'm', messages: odd() }),
  (odd) => ({
    model: 'm',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: odd() }] },
      { type: 'function_call', call_id: odd(), arguments: odd() },
    ],
    instructions: odd(),
  }),
  (odd) => ({ model: 'm', input: odd(), tools: odd() }),
  (odd) => ({ model: 'text-embedding', input: ['a', odd()], dimensions: odd() }),
  (odd) => ({
    model: 'claude',
    max_tokens: 1,
    system: odd(),
    messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: odd() }] }],
  }),
  (odd) => ({ contents: [{ role: 'user', parts: [{ text: odd() }, odd()] }], systemInstruction: odd() }),
  (odd) => ({
    modelId: 'anthropic.x',
    messages: [{ role: 'user', content: [{ text: odd() }] }],
    inferenceConfig: odd(),
  }),
  (odd) => odd(),
];

const RESPONSES: readonly Make[] = [
  () => ({
    id: 'r',
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'ok' } }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  }),
  (odd) => ({
    id: odd(),
    object: 'chat.completion',
    choices: [{ index: odd(), finish_reason: odd(), message: odd() }, odd()],
    usage: odd(),
  }),
  (odd) => ({
    object: 'response',
    status: odd(),
    output: [{ type: 'message', content: [odd(), { type: 'output_text', text: odd() }] }, odd()],
    usage: { input_tokens: odd(), input_tokens_details: odd() },
  }),
  (odd) => ({
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: odd() }, odd()],
    stop_reason: odd(),
    usage: odd(),
  }),
  (odd) => ({ candidates: [{ content: { parts: [odd()] }, finishReason: odd() }], usageMetadata: odd() }),
  (odd) => ({ output: { message: { role: 'assistant', content: [odd()] } }, stopReason: odd(), usage: odd() }),
  (odd) => ({ object: 'list', data: [{ embedding: odd() }], usage: odd() }),
  (odd) => odd(),
];

const CHUNKS: readonly Make[] = [
  (odd) => ({
    id: 'r',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content: odd(), tool_calls: [{ index: odd(), function: odd() }] } }],
  }),
  (odd) => ({
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
    usage: odd(),
  }),
  (odd) => ({ object: 'chat.completion.chunk', choices: odd() }),
  (odd) => ({ type: 'response.output_text.delta', output_index: odd(), content_index: 0, delta: odd() }),
  (odd) => ({ type: 'response.completed', response: odd() }),
  (odd) => ({ type: 'content_block_delta', index: odd(), delta: odd() }),
  (odd) => ({ type: 'message_start', message: odd() }),
  (odd) => ({ candidates: odd() }),
  (odd) => ({ contentBlockDelta: odd() }),
  (odd) => odd(),
];

const make =
  (shapes: readonly Make[]) =>
  (app: Application, random: Random): unknown =>
    random.pick(shapes)(() => (random.chance(0.7) ? 'text' : payload(app, random, 1)));

/** A request body. */
export const requestBody: (app: Application, random: Random) => unknown = make(REQUESTS);
/** What a model answers. */
export const responseBody: (app: Application, random: Random) => unknown = make(RESPONSES);
/** One chunk of a streamed answer. */
export const chunkBody: (app: Application, random: Random) => unknown = make(CHUNKS);

/** Headers: mostly some, sometimes anything that is an object. */
export function headersFor(app: Application, random: Random): unknown {
  if (random.chance(0.6)) return random.chance(0.5) ? undefined : { authorization: 'Bearer secret', 'x-a': '1' };
  const odd = payload(app, random, 1);
  return typeof odd === 'object' && odd !== null ? odd : { 'x-odd': odd };
}
