// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { type GrowingBlock, growBlock, growingBlock, printBlock } from './anthropic-block.ts';
import { copyOf, field, isObject, listOf, numberOf } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

/** Joins the events of a Messages stream into the `message` that the same call would have returned without streaming. */
export function messagesAccumulator(): Accumulator {
  const blocks = new Map<number, GrowingBlock>();
  let message: JsonObject = {};
  let understood = false;

  // Runs for every event of every stream; deltas of blocks are nearly all of them.
  function push(event: unknown): void {
    if (!isObject(event)) return;
    const { type, delta } = event;
    if (type === 'content_block_delta') {
      if (!isObject(delta)) return;
      understood = true;
      growBlock(blockAt(blocks, event), delta);
    } else if (type === 'content_block_start') {
      const block = event['content_block'];
      if (!isObject(block)) return;
      understood = true;
      blocks.set(numberOf(event['index']) ?? blocks.size, growingBlock(copyOf(block)));
      // A request that fell back to another model is answered by that one.
      const model = block['type'] === 'fallback' ? field(block['to'], 'model') : undefined;
      if (model !== undefined) message = { ...message, model };
    } else if (type === 'message_start' && isObject(event['message'])) {
      understood = true;
      message = copyOf(event['message']);
    } else if (type === 'message_delta') {
      understood = true;
      message = finishMessage(message, copyOf(event));
    }
  }

  function response(): JsonObject | undefined {
    if (!understood) return undefined;
    const grown = [...blocks].toSorted(([a], [b]) => a - b).map(([, block]) => printBlock(block));
    return { type: 'message', role: 'assistant', ...message, content: [...listOf(message['content']), ...grown] };
  }

  return tolerantAccumulator(push, response);
}

function blockAt(blocks: Map<number, GrowingBlock>, event: JsonObject): GrowingBlock {
  const index = numberOf(event['index']) ?? Math.max(0, blocks.size - 1);
  let block = blocks.get(index);
  if (!block) {
    block = growingBlock({});
    blocks.set(index, block);
  }
  return block;
}

/** The counts of a `message_delta` are those of the whole message, never to be added; a null takes nothing away. */
function finishMessage(message: JsonObject, { type: _, delta, usage, ...beside }: JsonObject): JsonObject {
  const counted = { ...objectOf(message['usage']), ...withoutNulls(usage) };
  return {
    ...objectOf(delta),
    ...message,
    ...withoutNulls(beside),
    ...withoutNulls(delta),
    ...(isObject(usage) ? { usage: counted } : {}),
  };
}

function withoutNulls(fields: Json | undefined): JsonObject {
  return Object.fromEntries(Object.entries(objectOf(fields)).filter(([, value]) => value != null));
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
