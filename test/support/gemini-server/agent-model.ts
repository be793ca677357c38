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
  const turns = asList(body.contents).map((turn) => asList(asObject(turn).parts).map(asObject));
  const roles = asList(body.contents).map((turn) => asObject(turn).role);
  // What functions returned is in messages of the user.
  const lastUser = turns.findLastIndex((parts, index) => roles[index] !== 'model' && results(parts).length === 0);
  const { text, toolCalls = [] } = agentTurn({
    question: textOf(turns[lastUser]),
    results: turns.slice(lastUser + 1).flatMap(results),
    tools: offeredFunctions(body),
    schema: wantedSchema(asObject(body.generationConfig)),
  });
  if (text !== undefined) return { text };
  return { toolCalls: toolCalls.map((call) => ({ ...call, arguments: asObject(call.arguments) })) };
}

/** A client wraps what a function returned in an object, usually as its `output` or `result`. */
function results(parts: readonly JsonObject[]): readonly string[] {
  return parts
    .filter((part) => part.functionResponse !== undefined)
    .map((part) => asObject(asObject(part.functionResponse).response))
    .map((response) => response.output ?? response.result ?? response.error ?? response)
    .map((result) => (typeof result === 'string' ? result : JSON.stringify(result)));
}

function offeredFunctions(body: JsonObject): Conversation['tools'] {
  const { mode, allowedFunctionNames } = asObject(asObject(body.toolConfig).functionCallingConfig);
  if (mode === 'NONE') return [];
  const allowed = Array.isArray(allowedFunctionNames) ? new Set(allowedFunctionNames) : undefined;
  return asList(body.tools)
    .flatMap((tool) => asList(asObject(tool).functionDeclarations))
    .map(asObject)
    .filter((declared) => allowed === undefined || allowed.has(declared.name))
    .map((declared) => ({ name: String(declared.name), schema: declared.parametersJsonSchema ?? declared.parameters }));
}

function wantedSchema(config: JsonObject): JsonObject | undefined {
  if (config.responseMimeType !== 'application/json') return undefined;
  return asObject(config.responseJsonSchema ?? config.responseSchema ?? { type: 'object' });
}
