// SPDX-License-Identifier: Apache-2.0

import { agentTurn } from '../model-server/agent-model.ts';
import type { Conversation } from '../model-server/agent-model.ts';
import { asList, asObject, textOf } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { RecordedRequest } from '../model-server/recorded-request.ts';
import type { Reply } from './reply.ts';

/** The default script: the small model that all servers share, as it reads a request of this provider. */
export function agentModel(request: RecordedRequest): Reply {
  const body = asObject(request.body);
  const turns = asList(body.messages ?? (Array.isArray(body.input) ? body.input : undefined)).map(asObject);
  const lastUser = turns.findLastIndex((turn) => turn.role === 'user');
  const results = turns
    .slice(lastUser + 1)
    .filter((turn) => turn.role === 'tool' || turn.type === 'function_call_output');
  return agentTurn({
    question: lastUser >= 0 ? textOf(turns[lastUser]?.content) : typeof body.input === 'string' ? body.input : '',
    results: results.map((turn) => textOf(turn.content ?? turn.output)),
    tools: offeredTools(body),
    schema: wantedSchema(body),
  });
}

function offeredTools(body: JsonObject): Conversation['tools'] {
  const choice = asObject(body.tool_choice);
  const forced = choice.name ?? asObject(choice.function).name;
  if (body.tool_choice === 'none') return [];
  return asList(body.tools)
    .map(asObject)
    .filter((tool) => tool.type === 'function')
    .map((tool) => asObject(tool.function ?? tool))
    .filter((tool) => forced === undefined || tool.name === forced)
    .map((tool) => ({ name: String(tool.name), schema: tool.parameters }));
}

function wantedSchema(body: JsonObject): JsonObject | undefined {
  const format = asObject(body.response_format ?? asObject(body.text).format);
  if (format.type === 'json_object') return { type: 'object' };
  if (format.type !== 'json_schema') return undefined;
  return asObject(format.schema ?? asObject(format.json_schema).schema);
}
