// SPDX-License-Identifier: Apache-2.0
import type { AnnotatedRequest, Codec } from './annotated.ts';
import { field, isObject, numberOf, stringOf, tolerant } from './read.ts';

/** Model and parameters of a request. */
export type Description = NonNullable<ReturnType<NonNullable<Codec['describe']>>>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NUMBERS = [
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'n',
] as const satisfies readonly (keyof AnnotatedRequest['params'])[];
/** In the order in which the first present one wins. */
const LIMITS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'];

/** Reads requests that keep their parameters beside the model: those of OpenAI, of Anthropic and of the many who do as they do. */
export const describeFlat: (content: unknown) => Description | undefined = tolerant((content) => {
  if (!isObject(content)) return undefined;
  const params: Writable<AnnotatedRequest['params']> = {};
  for (const name of NUMBERS) {
    const value = numberOf(content[name]);
    if (value !== undefined) params[name] = value;
  }
  const limit = LIMITS.find((name) => numberOf(content[name]) !== undefined);
  if (limit !== undefined) params.max_tokens = content[limit] as number;
  const stop = stopSequences(content['stop'] ?? content['stop_sequences']);
  if (stop !== undefined) params.stop = stop;
  const effort = stringOf(field(content['reasoning'], 'effort')) ?? stringOf(content['reasoning_effort']);
  if (effort !== undefined) params.reasoning_effort = effort;
  const described: Writable<Description> = { params };
  const set = (name: 'model' | 'previous_response_id' | 'conversation_id', value: string | undefined): void => {
    if (value !== undefined) described[name] = value;
  };
  const { model, previous_response_id: previous, conversation, thread } = content;
  set('model', stringOf(model));
  set('previous_response_id', stringOf(previous) ?? stringOf(field(thread, 'previous_message_id')));
  set('conversation_id', stringOf(conversation) ?? stringOf(field(conversation, 'id')));
  return described;
});

function stopSequences(stop: unknown): readonly string[] | undefined {
  if (typeof stop === 'string') return [stop];
  return Array.isArray(stop) && stop.every((each) => typeof each === 'string') ? (stop as string[]) : undefined;
}

/** What the codec says of the request; of one that none understands, what is where most providers have it. May throw: a codec may be the application's. */
export function describeRequest(codec: Codec | undefined, content: unknown): Description | undefined {
  if (codec === undefined || content === undefined) return describeFlat(content);
  return codec.describe === undefined ? codec.decodeRequest(content) : codec.describe(content);
}
