// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedChoice, AnnotatedRequest, AnnotatedResponse, Codec } from './annotated.ts';
import { contentText } from './content-text.ts';
import { describeFlat } from './describe.ts';
import { completionsAccumulator } from './openai-completions-accumulator.ts';
import { decodeUsage } from './openai-usage.ts';
import { patchFields, setFields, type WireFields } from './patch.ts';
import { booleanOf, defined, field, isObject, listOf, numberOf, restOf, stringOf, tolerant } from './read.ts';
import { encodeTexts, messagesOfTexts } from './text-list.ts';

const PARAMETERS = [
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'n',
] as const satisfies readonly (keyof AnnotatedRequest['params'])[];
const READ = new Set<string>(['model', 'prompt', 'stop', 'stream', ...PARAMETERS]);

/** Each prompt, a text or a list of tokens, is one user message. */
function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content)) return undefined;
  const { prompt, stop } = content;
  if (typeof prompt !== 'string' && !Array.isArray(prompt)) return undefined;
  const numbers = PARAMETERS.map((name) => [name, numberOf(content[name])] as const);
  const stops = typeof stop === 'string' ? [stop] : listOf(stop).filter((each) => typeof each === 'string');
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    messages: messagesOfTexts(prompt),
    params: defined<AnnotatedRequest['params']>({
      ...Object.fromEntries(numbers),
      stop: stops.length === 0 ? undefined : stops,
    }),
    stream: booleanOf(content['stream']),
    extra: restOf(content, READ),
  });
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const patched = patchFields(source, wireFields(before), wireFields(edited));
  const prompt = encodePrompt(source['prompt'], edited.messages);
  return prompt === source['prompt'] ? patched : setFields(patched, { prompt });
}

/** One prompt stays one, whatever was put before it: of two there would be two completions. */
function encodePrompt(prompt: Json | undefined, messages: AnnotatedRequest['messages']): Json | undefined {
  const edited = messages.map((message) => ({ ...message, content: textOf(message.content) }));
  const encoded = encodeTexts(prompt, edited);
  if (encoded === prompt || typeof prompt !== 'string') return encoded;
  return edited.map(({ content }) => content).join('\n\n');
}

/** Content in parts as one text; a list of tokens stays one. */
function textOf(content: Json | undefined): Json {
  return Array.isArray(content) && content.some((part) => typeof part !== 'number')
    ? contentText(content)
    : (content ?? '');
}

function wireFields({ extra, params, model, stream }: AnnotatedRequest): WireFields {
  return { ...extra, ...params, stop: params.stop && [...params.stop], model, stream };
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response)) return undefined;
  const choices = listOf(response['choices']).toSorted((a, b) => indexOf(a) - indexOf(b));
  if (typeof field(choices[0], 'text') !== 'string') return undefined;
  const [answer = {}] = choices.map(decodeChoice);
  const reasons = choices
    .map((choice) => stringOf(field(choice, 'finish_reason')))
    .filter((each) => each !== undefined);
  return defined<AnnotatedResponse>({
    id: stringOf(response['id']),
    model: stringOf(response['model']),
    ...answer,
    finish_reasons: reasons.length === 0 ? undefined : reasons,
    choices: choices.length > 1 ? choices.map(decodeChoice) : undefined,
    usage: decodeUsage(response['usage']),
  });
}

const indexOf = (choice: Json): number => numberOf(field(choice, 'index')) ?? 0;

function decodeChoice(choice: Json): AnnotatedChoice {
  const reason = stringOf(field(choice, 'finish_reason'));
  return defined<AnnotatedChoice>({
    message: stringOf(field(choice, 'text')),
    finish_reason: reason === 'stop' ? 'complete' : reason,
  });
}

/** The OpenAI Completions API, the one of before Chat Completions, and the many servers that speak it. */
export const openaiCompletions: Codec = {
  id: 'openai_completions',
  operation: 'text_completion',
  decodeRequest: tolerant(decodeRequest),
  describe: describeFlat,
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: completionsAccumulator,
};
