// SPDX-License-Identifier: Apache-2.0

import { exampleOf } from './example-value.ts';
import { asList, asObject, textOf } from './json.ts';
import type { JsonObject } from './json.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { Reply, ReplyToolCall } from './reply.ts';

/**
 * The default script, a small model of its own: it calls every tool it is offered once per user turn, then says what
 * they returned. Without tools it answers the last user message, with JSON where the request asks for a schema.
 */
export function agentModel(request: RecordedRequest): Reply {
  const body = asObject(request.body);
  const turns = asList(body.messages ?? (Array.isArray(body.input) ? body.input : undefined)).map(asObject);
  const lastUser = turns.findLastIndex((turn) => turn.role === 'user');
  const question = lastUser >= 0 ? textOf(turns[lastUser]?.content) : typeof body.input === 'string' ? body.input : '';
  const results = turns
    .slice(lastUser + 1)
    .filter((turn) => turn.role === 'tool' || turn.type === 'function_call_output');

  if (results.length > 0) {
    return { text: `The tools say: ${results.map((turn) => textOf(turn.content ?? turn.output)).join('; ')}.` };
  }
  const toolCalls = callsFor(body, question);
  if (toolCalls.length > 0) return { toolCalls };

  const schema = wantedSchema(body);
  if (schema) return { text: JSON.stringify(exampleOf(schema, question)) };
  return { text: question === '' ? 'Hello! How can I help?' : `You asked: ${question} Here is my answer.` };
}

function callsFor(body: JsonObject, question: string): readonly ReplyToolCall[] {
  const choice = asObject(body.tool_choice);
  const forced = choice.name ?? asObject(choice.function).name;
  if (body.tool_choice === 'none') return [];
  return asList(body.tools)
    .map(asObject)
    .filter((tool) => tool.type === 'function')
    .map((tool) => asObject(tool.function ?? tool))
    .filter((tool) => forced === undefined || tool.name === forced)
    .map((tool) => ({ name: String(tool.name), arguments: asObject(exampleOf(asObject(tool.parameters), question)) }));
}

function wantedSchema(body: JsonObject): JsonObject | undefined {
  const format = asObject(body.response_format ?? asObject(body.text).format);
  if (format.type === 'json_object') return { type: 'object' };
  if (format.type !== 'json_schema') return undefined;
  return asObject(format.schema ?? asObject(format.json_schema).schema);
}
