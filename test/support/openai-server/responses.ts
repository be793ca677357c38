// SPDX-License-Identifier: Apache-2.0

import { answerText, argumentPieces, argumentText, textPieces, wordsOf } from '../model-server/answer-parts.ts';
import { asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import { freshId } from './ids.ts';
import type { AnswerReply } from './reply.ts';
import { servedModel } from './served-model.ts';
import { countUsage, responsesUsage } from './usage.ts';

/** The buffered answer of `POST /responses`. */
export function response(body: JsonObject, answer: AnswerReply): JsonObject {
  return completed(pending(body, answer), body, answer, outputItems(answer));
}

/** The typed events of a streamed response, in order and numbered. */
export function responseEvents(body: JsonObject, answer: AnswerReply): readonly JsonObject[] {
  const open = pending(body, answer);
  const items = outputItems(answer);
  const events: JsonObject[] = [
    { type: 'response.created', response: open },
    { type: 'response.in_progress', response: open },
  ];
  for (const [index, item] of items.entries()) {
    const opened = item.type === 'message' ? { ...item, content: [] } : { ...item, arguments: '' };
    events.push({
      type: 'response.output_item.added',
      output_index: index,
      item: { ...opened, status: 'in_progress' },
    });
    events.push(...(item.type === 'message' ? messageEvents(item, index, answer) : callEvents(item, index)));
    events.push({ type: 'response.output_item.done', output_index: index, item });
  }
  const whole = completed(open, body, answer, items);
  events.push({ type: `response.${String(whole.status)}`, response: whole });
  return events.map((event, sequence) => ({ ...event, sequence_number: sequence }));
}

function messageEvents(item: OutputItem, index: number, answer: AnswerReply): readonly JsonObject[] {
  const events: JsonObject[] = [];
  for (const [content, part] of (item.content ?? []).entries()) {
    const place = { item_id: item.id, output_index: index, content_index: content };
    const refuses = part.type === 'refusal';
    const field = refuses ? 'refusal' : 'text';
    const event = refuses ? 'response.refusal' : 'response.output_text';
    const pieces = refuses ? wordsOf(answer.refusal ?? '') : textPieces(answer);
    const logprobs = refuses ? {} : { logprobs: [] };

    events.push({ type: 'response.content_part.added', ...place, part: { ...part, [field]: '' } });
    for (const delta of pieces) events.push({ type: `${event}.delta`, ...place, delta, ...logprobs });
    events.push({ type: `${event}.done`, ...place, [field]: part[field], ...logprobs });
    events.push({ type: 'response.content_part.done', ...place, part });
  }
  return events;
}

function callEvents(item: OutputItem, index: number): readonly JsonObject[] {
  const place = { item_id: item.id, output_index: index };
  const whole = item.arguments ?? '';
  return [
    ...argumentPieces(whole).map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
    { type: 'response.function_call_arguments.done', ...place, arguments: whole },
  ];
}

interface OutputItem {
  readonly id: string;
  readonly type: 'message' | 'function_call';
  readonly status: string;
  readonly content?: readonly JsonObject[];
  readonly arguments?: string;
  readonly [key: string]: unknown;
}

function outputItems(answer: AnswerReply): readonly OutputItem[] {
  const makeId = answer.ids ?? freshId;
  const text = answerText(answer);
  const content: JsonObject[] = [];
  if (text !== undefined) content.push({ type: 'output_text', text, annotations: [], logprobs: [] });
  if (answer.refusal !== undefined) content.push({ type: 'refusal', refusal: answer.refusal });

  const items: OutputItem[] = [];
  if (content.length > 0) {
    items.push({ id: makeId('msg'), type: 'message', status: 'completed', content, role: 'assistant' });
  }
  for (const call of answer.toolCalls ?? []) {
    items.push({
      id: makeId('fc'),
      type: 'function_call',
      status: 'completed',
      arguments: argumentText(call.arguments),
      call_id: call.id ?? makeId('call'),
      name: call.name,
    });
  }
  return items;
}

function completed(open: JsonObject, body: JsonObject, answer: AnswerReply, output: readonly OutputItem[]): JsonObject {
  const cut = answer.finishReason === 'length' || answer.finishReason === 'content_filter';
  const reason = answer.finishReason === 'length' ? 'max_output_tokens' : answer.finishReason;
  return {
    ...open,
    status: cut ? 'incomplete' : 'completed',
    incomplete_details: cut ? { reason } : null,
    output,
    usage: responsesUsage(countUsage(body, answer)),
  };
}

function pending(body: JsonObject, answer: AnswerReply): JsonObject {
  return {
    id: (answer.ids ?? freshId)('resp'),
    object: 'response',
    created_at: answer.created ?? Math.floor(Date.now() / 1000),
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    model: answer.model ?? servedModel(body.model),
    output: [],
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: null,
    reasoning: { effort: asObject(body.reasoning).effort ?? null, summary: null },
    safety_identifier: null,
    service_tier: 'auto',
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...asObject(body.text) },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_logprobs: 0,
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: body.metadata ?? {},
  };
}
