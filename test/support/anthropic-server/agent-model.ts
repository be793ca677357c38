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
  const turns = asList(body.messages).map(asObject);
  // The results of tools are in messages of the user.
  const lastUser = turns.findLastIndex((turn) => turn.role === 'user' && toolResults(turn).length === 0);
  return agentTurn({
    question: textOf(turns[lastUser]?.content),
    results: turns.slice(lastUser + 1).flatMap(toolResults),
    tools: offeredTools(body),
    schema: wantedSchema(body),
  });
}

function toolResults(turn: JsonObject): readonly string[] {
  return asList(turn.content)
    .map(asObject)
    .filter((block) => block.type === 'tool_result')
    .map((block) => textOf(block.content));
}

/** Tools that the provider runs itself have no schema. */
function offeredTools(body: JsonObject): Conversation['tools'] {
  const choice = asObject(body.tool_choice);
  if (choice.type === 'none') return [];
  return asList(body.tools)
    .map(asObject)
    .filter((tool) => tool.input_schema !== undefined && (choice.type !== 'tool' || tool.name === choice.name))
    .map((tool) => ({ name: String(tool.name), schema: tool.input_schema }));
}

function wantedSchema(body: JsonObject): JsonObject | undefined {
  const format = asObject(asObject(body.output_config).format ?? body.output_format);
  return format.type === 'json_schema' ? asObject(format.schema) : undefined;
}
