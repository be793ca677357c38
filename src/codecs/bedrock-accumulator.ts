// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { type Block, openBlock, printBlock, pushDelta } from './bedrock-stream-block.ts';
import { copyOf, field, isObject, numberOf, stringOf, tolerant } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

/** Which event says which fields of the response. */
const ENDS = [
  ['messageStop', ['stopReason', 'additionalModelResponseFields']],
  ['metadata', ['usage', 'metrics', 'trace', 'performanceConfig', 'serviceTier']],
] as const;

/** Nothing of a block that holds what cannot be read, so that the others are still told. */
const readable: (block: unknown) => readonly Json[] | undefined = tolerant((block) => printBlock(block as Block));

/** Joins the events of `ConverseStream` into the response that `Converse` would have returned. */
export function converseAccumulator(): Accumulator {
  const blocks = new Map<number, Block>();
  const fields = new Map<string, Json>();
  let role = 'assistant';
  let understood = false;

  function blockAt(event: JsonObject): Block {
    const index = numberOf(event['contentBlockIndex']) ?? 0;
    let block = blocks.get(index);
    if (!block) blocks.set(index, (block = openBlock()));
    return block;
  }

  function push(event: unknown): void {
    const { contentBlockDelta: delta, contentBlockStart: start, messageStart } = isObject(event) ? event : {};
    if (isObject(delta)) {
      if (isObject(delta['delta'])) pushDelta(blockAt(delta), copyOf(delta['delta']));
    } else if (isObject(start)) {
      if (isObject(start['start'])) blockAt(start).start = copyOf(start['start']);
    } else if (isObject(messageStart)) {
      role = stringOf(messageStart['role']) ?? role;
    } else {
      const end = ENDS.find(([name]) => isObject(field(event, name)));
      if (!end) return;
      const [name, said] = end;
      for (const key of said) {
        const value = field(field(event, name), key);
        if (value !== undefined) fields.set(key, copyOf(value));
      }
    }
    understood = true;
  }

  function response(): JsonObject | undefined {
    if (!understood) return undefined;
    const ordered = [...blocks].toSorted(([a], [b]) => a - b);
    const content = ordered.flatMap(([, block]) => readable(block) ?? []);
    return { output: { message: { role, content } }, ...Object.fromEntries(fields) };
  }

  return tolerantAccumulator(push, response);
}
