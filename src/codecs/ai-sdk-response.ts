// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator, AnnotatedResponse, FinishReason, Usage } from './annotated.ts';
import { decodeCall, textOf } from './ai-sdk-message.ts';
import { copyOf, defined, field, isObject, listOf, numberOf, stringOf } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

const FINISH: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'complete'],
  ['tool-calls', 'tool_use'],
  ['content-filter', 'content_filter'],
]);

/** What `doGenerate` resolves to. */
export function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response) || !Array.isArray(response['content'])) return undefined;
  const parts = listOf(response['content']);
  const calls = parts.filter((part) => field(part, 'type') === 'tool-call').map(decodeCall);
  const message = textOf(parts, 'text');
  const reasoning = textOf(parts, 'reasoning');
  const reason = response['finishReason'];
  const finish = stringOf(reason) ?? stringOf(field(reason, 'unified'));
  return defined<AnnotatedResponse>({
    id: stringOf(field(response['response'], 'id')),
    model: stringOf(field(response['response'], 'modelId')),
    message: message === '' ? undefined : message,
    reasoning: reasoning === '' ? undefined : reasoning,
    tool_calls: calls.length > 0 ? calls : undefined,
    finish_reason: finish === undefined ? undefined : (FINISH.get(finish) ?? finish),
    finish_reasons: finish === undefined ? undefined : [stringOf(field(reason, 'raw')) ?? finish],
    usage: decodeUsage(response['usage']),
  });
}

/** Numbers up to version 2 of the interface; since then what each consists of. */
function decodeUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = usage['inputTokens'];
  const output = usage['outputTokens'];
  const total = (value: Json | undefined): number | undefined => numberOf(value) ?? numberOf(field(value, 'total'));
  const [read, written] = [total(input), total(output)];
  const sum = read !== undefined && written !== undefined ? read + written : undefined;
  return defined<Usage>({
    input_tokens: read,
    output_tokens: written,
    total_tokens: numberOf(usage['totalTokens']) ?? sum,
    cache_read_tokens: numberOf(usage['cachedInputTokens']) ?? numberOf(field(input, 'cacheRead')),
    cache_write_tokens: numberOf(field(input, 'cacheWrite')),
    reasoning_tokens: numberOf(usage['reasoningTokens']) ?? numberOf(field(output, 'reasoning')),
  });
}

/** Joins the parts of a model's stream into what the same call would have returned without streaming. */
export function accumulator(): Accumulator {
  const blocks = new Map<string, { type: string; text: string }>();
  const content: (JsonObject | { type: string; text: string })[] = [];
  let rest: JsonObject = {};
  let understood = false;

  function push(part: unknown): void {
    const type = stringOf(field(part, 'type'));
    if (!isObject(part) || type === undefined) return;
    understood = true;
    if (type === 'text-delta' || type === 'reasoning-delta') {
      const kind = type.slice(0, -'-delta'.length);
      const id = `${kind} ${stringOf(part['id']) ?? ''}`;
      const block = blocks.get(id) ?? { type: kind, text: '' };
      if (!blocks.has(id)) content.push(block);
      blocks.set(id, block);
      block.text += stringOf(part['delta']) ?? stringOf(part['textDelta']) ?? '';
    } else if (type === 'tool-call' || type === 'source' || type === 'file') content.push(copyOf(part));
    else if (type === 'response-metadata')
      rest = { ...rest, response: { id: part['id'] ?? null, modelId: part['modelId'] ?? null } };
    else if (type === 'finish')
      rest = { ...rest, finishReason: copyOf(part['finishReason']) ?? null, usage: copyOf(part['usage']) ?? null };
  }

  return tolerantAccumulator(push, () =>
    understood ? ({ content: content.map((each) => ({ ...each })), ...rest } as JsonObject) : undefined,
  );
}
