// SPDX-License-Identifier: Apache-2.0

import { answerText, argumentPieces, argumentText, textPieces, wordsOf } from '../model-server/answer-parts.ts';
import { asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import { freshId } from './ids.ts';
import type { AnswerReply } from './reply.ts';
import { deltaUsage, messageUsage } from './usage.ts';

const signature = 'EqQBCgIYAhIkZmxvdyB0ZXN0IHNpZ25hdHVyZQ==';

/** The buffered answer of `POST /v1/messages`. */
export function message(body: JsonObject, answer: AnswerReply): JsonObject {
  return {
    ...head(body, answer),
    content: contentBlocks(answer).map((block) => block.whole),
    ...stop(answer),
    container: null,
    diagnostics: null,
    usage: messageUsage(body, answer),
  };
}

/** The events of a streamed message, in order. Input is counted in the first one, output in the last but one. */
export function messageEvents(body: JsonObject, answer: AnswerReply): readonly JsonObject[] {
  const usage = messageUsage(body, answer);
  const started = {
    ...head(body, answer),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: { ...usage, output_tokens: 1 },
  };
  const events: JsonObject[] = [{ type: 'message_start', message: started }];
  for (const [index, block] of contentBlocks(answer).entries()) {
    events.push({ type: 'content_block_start', index, content_block: block.opened });
    if (index === 0) events.push({ type: 'ping' });
    for (const delta of block.deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
  const delta = { ...stop(answer), container: null };
  events.push({ type: 'message_delta', delta, usage: deltaUsage(usage) }, { type: 'message_stop' });
  return events;
}

function head(body: JsonObject, answer: AnswerReply): JsonObject {
  return {
    id: (answer.ids ?? freshId)('msg'),
    type: 'message',
    role: 'assistant',
    model: answer.model ?? body.model,
  };
}

function stop(answer: AnswerReply): JsonObject {
  const reason = answer.stopSequence === undefined ? 'end_turn' : 'stop_sequence';
  return {
    stop_reason: answer.stopReason ?? (answer.toolCalls?.length ? 'tool_use' : reason),
    stop_sequence: answer.stopSequence ?? null,
    stop_details: null,
  };
}

/** A content block as it is in a whole message, and as a stream builds it. */
interface ContentBlock {
  readonly whole: JsonObject;
  readonly opened: JsonObject;
  readonly deltas: readonly JsonObject[];
}

function contentBlocks(answer: AnswerReply): readonly ContentBlock[] {
  const blocks: ContentBlock[] = (answer.blocks ?? []).map(scriptedBlock);
  if (answer.thinking !== undefined) {
    const deltas = wordsOf(answer.thinking).map((thinking) => ({ type: 'thinking_delta', thinking }));
    blocks.push({
      whole: { type: 'thinking', thinking: answer.thinking, signature },
      opened: { type: 'thinking', thinking: '', signature: '' },
      deltas: [...deltas, { type: 'signature_delta', signature }],
    });
  }
  const text = answerText(answer);
  if (text !== undefined) {
    const deltas = textPieces(answer).map((piece) => ({ type: 'text_delta', text: piece }));
    blocks.push({
      whole: { type: 'text', text, citations: null },
      opened: { type: 'text', text: '', citations: null },
      deltas,
    });
  }
  for (const call of answer.toolCalls ?? []) {
    const id = call.id ?? (answer.ids ?? freshId)('toolu');
    const block = { type: 'tool_use', id, name: call.name, caller: { type: 'direct' } };
    blocks.push(callBlock(block, argumentText(call.arguments)));
  }
  return blocks;
}

/** A tool that the provider runs streams its input like any other; all other blocks come whole. */
function scriptedBlock(block: JsonObject): ContentBlock {
  if (block.type === 'server_tool_use') return callBlock(block, JSON.stringify(block.input ?? {}));
  return { whole: block, opened: block, deltas: [] };
}

/** A stream starts the input with an empty fragment. What is no JSON exists in a stream only; a buffered message has an object. */
function callBlock(block: JsonObject, input: string): ContentBlock {
  const fragments = ['', ...argumentPieces(input)];
  return {
    whole: { ...block, input: parsed(input) },
    opened: { ...block, input: {} },
    deltas: fragments.map((fragment) => ({ type: 'input_json_delta', partial_json: fragment })),
  };
}

function parsed(input: string): JsonObject {
  try {
    return asObject(JSON.parse(input));
  } catch {
    return {};
  }
}
