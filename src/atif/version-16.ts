// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import { defined } from '../codecs/read.ts';
import type { Step, ToolCall } from './trajectory.ts';

/** The step as v1.6 has it: what that version has no place for is left out or kept in the step's `extra`. */
export function toStep16(step: Step): Step {
  const { llm_call_count: count, tool_calls: calls = [], observation, extra, ...kept } = step;
  const results = observation?.results ?? [];
  const callExtra = byId(calls.map(({ tool_call_id: id, extra }) => [id, extra]));
  const resultExtra = byId(results.map(({ source_call_id: id = '', extra }) => [id, extra]));
  const all: JsonObject = {
    ...extra,
    ...(count === undefined ? {} : { llm_call_count: count }),
    ...(callExtra ? { tool_call_extra: callExtra } : {}),
    ...(resultExtra ? { tool_result_extra: resultExtra } : {}),
  };
  return defined<Step>({
    ...kept,
    tool_calls: calls.length > 0 ? calls.map(withoutExtra<ToolCall>) : undefined,
    observation: results.length > 0 ? { results: results.map(withoutExtra) } : undefined,
    extra: Object.keys(all).length > 0 ? all : undefined,
  });
}

function withoutExtra<T extends { readonly extra?: JsonObject }>({ extra: _, ...kept }: T): Omit<T, 'extra'> {
  return kept;
}

function byId(entries: readonly (readonly [string, JsonObject | undefined])[]): JsonObject | undefined {
  const present = entries.flatMap(([id, extra]) => (extra ? [[id, extra] as const] : []));
  return present.length > 0 ? Object.fromEntries(present) : undefined;
}
