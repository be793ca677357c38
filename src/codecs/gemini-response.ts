// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedChoice, AnnotatedResponse, FinishReason } from './annotated.ts';
import { contentText } from './content-text.ts';
import { readParts } from './turn-parts.ts';
import { geminiPart } from './gemini-part.ts';
import { decodeGeminiUsage } from './gemini-usage.ts';
import { defined, field, isObject, listOf, numberOf, stringOf } from './read.ts';

const FILTERED = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
]);

/** A response in our shape. Only fields of its own are read: the SDK's class has getters that warn. */
export function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response)) return undefined;
  const { candidates, promptFeedback: feedback, usageMetadata: usage } = response;
  if (!Array.isArray(candidates) && !isObject(feedback) && !isObject(usage)) return undefined;
  const choices = listOf(candidates).toSorted((a, b) => indexOf(a) - indexOf(b));
  const [first] = choices;
  const blocked = choices.length === 0 ? stringOf(field(feedback, 'blockReason')) : undefined;
  const reasons = choices.flatMap((choice) => stringOf(field(choice, 'finishReason')) ?? []);
  return defined<AnnotatedResponse>({
    id: stringOf(response['responseId']),
    model: stringOf(response['modelVersion']),
    ...decodeCandidate(first),
    ...(blocked === undefined ? {} : { finish_reason: 'content_filter' }),
    finish_reasons: blocked !== undefined ? [blocked] : reasons.length > 0 ? reasons : undefined,
    choices: choices.length > 1 ? choices.map(decodeCandidate) : undefined,
    usage: decodeGeminiUsage(usage),
  });
}

function decodeCandidate(candidate: Json | undefined): AnnotatedChoice {
  const message = readParts('assistant', listOf(field(field(candidate, 'content'), 'parts')), geminiPart);
  return defined<AnnotatedChoice>({
    message: messageText(message.content),
    reasoning: message.reasoning,
    tool_calls: message.tool_calls,
    finish_reason: finishReason(stringOf(field(candidate, 'finishReason')), message.tool_calls !== undefined),
  });
}

/** This surface has no word of its own for a response that asks for tools. */
function finishReason(reason: string | undefined, calls: boolean): FinishReason | undefined {
  if (reason === undefined) return undefined;
  if (reason === 'STOP') return calls ? 'tool_use' : 'complete';
  if (reason === 'MAX_TOKENS') return 'length';
  return FILTERED.has(reason) ? 'content_filter' : reason;
}

function messageText(content: Json | undefined): string | undefined {
  const parts = typeof content === 'string' ? [content] : listOf(content);
  return parts.some((part) => typeof part === 'string' || field(part, 'type') === 'text')
    ? contentText(parts)
    : undefined;
}

function indexOf(candidate: Json): number {
  return numberOf(field(candidate, 'index')) ?? 0;
}
