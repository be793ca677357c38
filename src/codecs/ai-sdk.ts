// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedRequest, AnnotatedTool, Codec } from './annotated.ts';
import { decodeMessage, encodeMessage } from './ai-sdk-message.ts';
import { accumulator, decodeResponse } from './ai-sdk-response.ts';
import { messagePairing, toolPairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, numberOf, restOf, stringOf, tolerant } from './read.ts';

// The language model interface of the AI SDK, versions 2 to 4: what a model gets and gives, and what its gateway sends over the wire.

const PARAMS: readonly (readonly [wire: string, name: keyof AnnotatedRequest['params']])[] = [
  ['maxOutputTokens', 'max_tokens'],
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['seed', 'seed'],
];

const READ = new Set(['prompt', 'tools', 'toolChoice', 'stopSequences', ...PARAMS.map(([wire]) => wire)]);

function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content) || !Array.isArray(content['prompt'])) return undefined;
  return defined<AnnotatedRequest>({
    messages: listOf(content['prompt']).map(decodeMessage),
    tools: Array.isArray(content['tools']) ? listOf(content['tools']).map(decodeTool) : undefined,
    tool_choice: field(content, 'toolChoice'),
    params: decodeParams(content),
    extra: restOf(content, READ),
  });
}

function decodeParams(content: JsonObject): AnnotatedRequest['params'] {
  const numbers = Object.fromEntries(PARAMS.map(([wire, name]) => [name, numberOf(content[wire])]));
  const stop = content['stopSequences'];
  return defined<AnnotatedRequest['params']>({
    ...numbers,
    stop: Array.isArray(stop) ? listOf(stop).filter((each) => typeof each === 'string') : undefined,
  });
}

function decodeTool(tool: Json): AnnotatedTool {
  return defined<AnnotatedTool>({
    type: stringOf(field(tool, 'type')) ?? 'function',
    name: stringOf(field(tool, 'name')) ?? '',
    description: stringOf(field(tool, 'description')),
    parameters: field(tool, 'inputSchema'),
  });
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const system = edited.instructions === undefined ? [] : [{ role: 'system', content: edited.instructions }];
  const prompts = listOf(source['prompt']);
  const prompt = patchList(prompts, before.messages, [...system, ...edited.messages], {
    ...messagePairing,
    write: encodeMessage,
  });
  const given = listOf(source['tools']);
  const tools = patchList(given, before.tools ?? [], edited.tools ?? [], {
    ...toolPairing,
    write: (tool, _, wire) => [encodeTool(tool, wire)],
  });
  const patched = patchFields(source, wireFields(before), wireFields(edited));
  return setFields(patched, { ...(prompt === prompts ? {} : { prompt }), ...(tools === given ? {} : { tools }) });
}

function wireFields({ params, tool_choice, extra }: AnnotatedRequest): WireFields {
  const numbers = Object.fromEntries(PARAMS.map(([wire, name]) => [wire, params[name] as Json | undefined]));
  return { ...extra, ...numbers, toolChoice: tool_choice, stopSequences: params.stop && [...params.stop] };
}

function encodeTool({ type, name, description, parameters }: AnnotatedTool, original?: Json): Json {
  const source = isObject(original) ? original : {};
  return setFields(source, {
    type,
    name,
    description,
    ...(type === 'function' ? { inputSchema: parameters ?? {} } : {}),
  });
}

/** The language models of the AI SDK: of models that bring no wire format of their own, and of its gateway. */
export const aiSdk: Codec = {
  id: 'ai_sdk',
  operation: 'chat',
  decodeRequest: tolerant(decodeRequest),
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator,
};
