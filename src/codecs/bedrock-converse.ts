// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedRequest, Codec } from './annotated.ts';
import { converseAccumulator } from './bedrock-accumulator.ts';
import { bedrockBlock } from './bedrock-block.ts';
import { decodeResponse } from './bedrock-response.ts';
import { decodeToolChoice, decodeTools, encodeToolConfig } from './bedrock-tool.ts';
import { sameJson } from './canonical-json.ts';
import { withSystemLifted } from './turn-system.ts';
import { joinTexts, writeTexts } from './turn-text.ts';
import { readTurns, writeTurns } from './turns.ts';
import { patchFields, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, numberOf, restOf, stringOf, tolerant } from './read.ts';

type Params = AnnotatedRequest['params'];

const INFERENCE = 'inferenceConfig';
const MORE = 'additionalModelRequestFields';
const READ = new Set(['modelId', 'messages', 'system', 'toolConfig', INFERENCE, MORE]);
const READ_INFERENCE = new Set(['temperature', 'topP', 'maxTokens', 'stopSequences']);
/** What Converse has no field for is the model's own; this one is the same for most of them. */
const READ_MORE = new Set(['top_k']);

function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content)) return undefined;
  const { modelId, messages, promptVariables, system, toolConfig } = content;
  // A stored prompt brings messages of its own.
  if (!Array.isArray(messages) && (messages != null || typeof modelId !== 'string' || !isObject(promptVariables))) {
    return undefined;
  }
  const extra = {
    ...restOf(content, READ),
    ...nested(INFERENCE, content[INFERENCE], READ_INFERENCE),
    ...nested(MORE, content[MORE], READ_MORE),
  };
  return defined<AnnotatedRequest>({
    model: stringOf(modelId),
    instructions: joinTexts(listOf(system)),
    messages: readTurns(listOf(messages), bedrockBlock),
    tools: decodeTools(toolConfig),
    tool_choice: decodeToolChoice(toolConfig),
    params: decodeParams(content),
    extra: Object.keys(extra).length > 0 ? extra : undefined,
  });
}

function describe(content: unknown): ReturnType<NonNullable<Codec['describe']>> {
  if (!isObject(content)) return undefined;
  return defined<Pick<AnnotatedRequest, 'model' | 'params'>>({
    model: stringOf(content['modelId']),
    params: decodeParams(content),
  });
}

function decodeParams({ [INFERENCE]: inference, [MORE]: more }: JsonObject): Params {
  const stop = field(inference, 'stopSequences');
  return defined<Params>({
    temperature: numberOf(field(inference, 'temperature')),
    top_p: numberOf(field(inference, 'topP')),
    top_k: numberOf(field(more, 'top_k')),
    max_tokens: numberOf(field(inference, 'maxTokens')),
    stop: Array.isArray(stop) ? listOf(stop).filter((item) => typeof item === 'string') : undefined,
  });
}

/** The fields within a field that our shape does not model, under its name. */
function nested(name: string, value: Json | undefined, read: ReadonlySet<string>): JsonObject | undefined {
  const rest = isObject(value) ? restOf(value, read) : (value ?? undefined);
  return rest === undefined ? undefined : { [name]: rest };
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const after = withSystemLifted(edited, before);
  const { toolConfig, system } = source;
  const messages = listOf(source['messages']);
  const turns = writeTurns(messages, after.messages, bedrockBlock);
  const sameTools = sameJson(before.tools, after.tools) && sameJson(before.tool_choice, after.tool_choice);
  return setFields(patchFields(source, outerFields(before), outerFields(after)), {
    ...innerPatch(source, INFERENCE, (request) => inferenceFields(request), before, after),
    ...innerPatch(source, MORE, ({ params }) => ({ top_k: params.top_k }), before, after),
    ...(before.instructions === after.instructions ? {} : { system: writeSystem(system, after.instructions) }),
    ...(sameTools ? {} : { toolConfig: encodeToolConfig(toolConfig, before, after) }),
    ...(turns === messages ? {} : { messages: turns }),
  });
}

function outerFields({ model, extra }: AnnotatedRequest): WireFields {
  return { ...extra, [INFERENCE]: undefined, [MORE]: undefined, modelId: model };
}

function inferenceFields({
  params: { temperature, top_p: topP, max_tokens: maxTokens, stop },
}: AnnotatedRequest): WireFields {
  return { temperature, topP, maxTokens, stopSequences: stop && [...stop] };
}

/** One nested field after an edit of what it holds; nothing where that is the same. */
function innerPatch(
  source: JsonObject,
  name: string,
  modelled: (request: AnnotatedRequest) => WireFields,
  before: AnnotatedRequest,
  after: AnnotatedRequest,
): WireFields {
  const original = source[name];
  const own = isObject(original) ? original : {};
  const fields = (request: AnnotatedRequest): WireFields => {
    const rest = request.extra?.[name];
    return { ...(isObject(rest) ? rest : {}), ...modelled(request) };
  };
  const edited = patchFields(own, fields(before), fields(after));
  return edited === own ? {} : { [name]: edited };
}

function writeSystem(system: Json | undefined, text: string | undefined): Json | undefined {
  return text === undefined ? undefined : writeTexts(listOf(system), text);
}

/** Amazon Bedrock's Converse, as the input of the AWS SDK's command or as the body on the wire; streams are joined from its events. */
export const bedrockConverse: Codec = {
  id: 'bedrock_converse',
  operation: 'chat',
  decodeRequest: tolerant(decodeRequest),
  describe: tolerant(describe),
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: converseAccumulator,
};
