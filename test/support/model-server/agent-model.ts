// SPDX-License-Identifier: Apache-2.0

import { exampleOf } from './example-value.ts';
import { asObject } from './json.ts';
import type { JsonObject } from './json.ts';
import type { ReplyToolCall } from './reply.ts';

/** What a model has to know of a request, whatever its wire format. */
export interface Conversation {
  /** The text of the last message of the user. */
  readonly question: string;
  /** What tools returned since that message. */
  readonly results: readonly string[];
  /** The tools that may be called now, with the JSON Schema of their arguments. */
  readonly tools: readonly { readonly name: string; readonly schema: unknown }[];
  /** The JSON Schema of the answer that is asked for, if one is. */
  readonly schema?: JsonObject | undefined;
}

/**
 * A small model of its own, the default script of every server: it calls every tool it is offered once per user turn, then
 * says what they returned. Without tools it answers the last user message, with JSON where the request asks for a schema.
 */
export function agentTurn(conversation: Conversation): {
  readonly text?: string;
  readonly toolCalls?: readonly ReplyToolCall[];
} {
  const { question, results, tools, schema } = conversation;
  if (results.length > 0) return { text: `The tools say: ${results.join('; ')}.` };
  if (tools.length > 0) {
    const argumentsOf = (wanted: unknown): object => asObject(exampleOf(asObject(wanted), question));
    return { toolCalls: tools.map((tool) => ({ name: tool.name, arguments: argumentsOf(tool.schema) })) };
  }
  if (schema) return { text: JSON.stringify(exampleOf(schema, question)) };
  return { text: question === '' ? 'Hello! How can I help?' : `You asked: ${question} Here is my answer.` };
}
