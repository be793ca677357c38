// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedResponse, FinishReason } from './annotated.ts';
import { bedrockBlock } from './bedrock-block.ts';
import { decodeBedrockUsage } from './bedrock-usage.ts';
import { readParts } from './turn-parts.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

const FINISH: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'complete'],
  ['stop_sequence', 'complete'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
]);

/** A response in our shape. Its model is known only where a prompt router chose it. */
export function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  const answer = field(field(response, 'output'), 'message');
  if (!isObject(response) || !isObject(answer)) return undefined;
  const blocks = listOf(answer['content']);
  const { reasoning, tool_calls } = readParts('assistant', blocks, bedrockBlock);
  const texts = blocks.flatMap(textOf);
  const reason = stringOf(response['stopReason']);
  return defined<AnnotatedResponse>({
    model: stringOf(field(field(response['trace'], 'promptRouter'), 'invokedModelId')),
    message: texts.length === 0 ? undefined : texts.join('\n'),
    reasoning,
    tool_calls,
    finish_reason: reason === undefined ? undefined : (FINISH.get(reason) ?? reason),
    finish_reasons: reason === undefined ? undefined : [reason],
    usage: decodeBedrockUsage(response['usage']),
  });
}

/** Text with sources is a block of another kind, its text in pieces. */
function textOf(block: Json): readonly string[] {
  const text = stringOf(field(block, 'text'));
  if (text !== undefined) return [text];
  const cited = listOf(field(field(block, 'citationsContent'), 'content'));
  const pieces = cited.flatMap((piece) => stringOf(field(piece, 'text')) ?? []);
  return pieces.length === 0 ? [] : [pieces.join('')];
}
