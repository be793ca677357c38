// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, Codec } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import { geminiAccumulator } from './gemini-accumulator.ts';
import { withSystemLifted } from './turn-system.ts';
import { readTurns, writeTurns } from './turns.ts';
import { geminiContents, instructionText, writeInstruction } from './gemini-contents.ts';
import { geminiPart } from './gemini-part.ts';
import { decodeResponse } from './gemini-response.ts';
import { decodeSettings, READ_SETTINGS, wireSettings } from './gemini-settings.ts';
import { respell } from './gemini-spelling.ts';
import { decodeToolChoice, encodeToolChoice } from './gemini-tool-choice.ts';
import { decodeTools, encodeTools } from './gemini-tool.ts';
import { patchFields, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, restOf, stringOf, tolerant } from './read.ts';

const BESIDE = ['systemInstruction', 'tools', 'toolConfig'] as const;
const ON_WIRE = [...BESIDE, 'generationConfig', 'safetySettings', 'cachedContent'];
const READ_WIRE = new Set(['model', 'contents', 'generationConfig', ...BESIDE]);
const READ_SDK = new Set(['model', 'contents', 'config']);
/** How the SDK sends the request is no part of it. */
const READ_CONFIG = new Set([...READ_SETTINGS, ...BESIDE, 'abortSignal', 'httpOptions']);

/** The wire keeps settings in `generationConfig` and the rest beside the contents; the SDK's parameters have all of it in `config`. */
function isSdk(content: JsonObject): boolean {
  if (content['config'] !== undefined) return true;
  if (ON_WIRE.some((name) => content[name] !== undefined)) return false;
  return content['model'] !== undefined || geminiContents(content['contents'] ?? []).turns !== content['contents'];
}

function decodeRequest(given: unknown): AnnotatedRequest | undefined {
  if (!isObject(given)) return undefined;
  const { content } = respell(given);
  const contents = content['contents'];
  if (typeof contents !== 'string' && (typeof contents !== 'object' || contents === null)) return undefined;
  const sdk = isSdk(content);
  const key = sdk ? 'config' : 'generationConfig';
  const settings = field(content, key);
  const holder = sdk ? settings : content;
  const rest = isObject(settings) ? restOf(settings, sdk ? READ_CONFIG : READ_SETTINGS) : undefined;
  const outer = restOf(content, sdk ? READ_SDK : READ_WIRE);
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    instructions: instructionText(field(holder, 'systemInstruction')),
    messages: readTurns(geminiContents(contents).turns, geminiPart),
    tools: decodeTools(field(holder, 'tools')),
    tool_choice: decodeToolChoice(field(holder, 'toolConfig')),
    params: decodeSettings(settings),
    extra: outer || rest ? { ...outer, ...(rest ? { [key]: rest } : {}) } : undefined,
  });
}

function describe(given: unknown): ReturnType<NonNullable<Codec['describe']>> {
  if (!isObject(given)) return undefined;
  const { content } = respell(setFields(given, { contents: [] }));
  return defined<Pick<AnnotatedRequest, 'model' | 'params'>>({
    model: stringOf(content['model']),
    params: decodeSettings(field(content, isSdk(content) ? 'config' : 'generationConfig')),
  });
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const { content: source, restore } = respell(isObject(original) ? original : {});
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const after = withNames(withSystemLifted(edited, before), before);
  const sdk = isSdk(source);
  const key = sdk ? 'config' : 'generationConfig';
  const settings = source[key];
  const ownSettings = isObject(settings) ? settings : {};
  const beside = besideFields(before, after, sdk ? ownSettings : source, sdk);

  const inner = (request: AnnotatedRequest): WireFields => {
    const rest = request.extra?.[key];
    return { ...(isObject(rest) ? rest : {}), ...wireSettings(request.params, ownSettings) };
  };
  const outer = ({ extra, model }: AnnotatedRequest): WireFields => ({ ...extra, [key]: undefined, model });
  const patched = setFields(patchFields(ownSettings, inner(before), inner(after)), sdk ? beside : {});

  const { turns, write } = geminiContents(source['contents'] ?? []);
  const edits = writeTurns(turns, after.messages, geminiPart);
  const written = setFields(patchFields(source, outer(before), outer(after)), {
    ...(sdk ? {} : beside),
    ...(patched === ownSettings ? {} : { [key]: patched }),
    ...(edits === turns ? {} : { contents: write(edits) }),
  });
  return restore(written);
}

function besideFields(before: AnnotatedRequest, after: AnnotatedRequest, holder: JsonObject, sdk: boolean): WireFields {
  const { systemInstruction: instruction, tools, toolConfig } = holder;
  const fields: { [name in (typeof BESIDE)[number]]?: Json | undefined } = {};
  const { instructions: text } = after;
  if (before.instructions !== text) {
    fields.systemInstruction = text === undefined ? undefined : writeInstruction(instruction ?? undefined, text, sdk);
  }
  if (!sameJson(before.tools, after.tools)) fields.tools = encodeTools(tools, after.tools);
  if (!sameJson(before.tool_choice, after.tool_choice)) {
    fields.toolConfig = encodeToolChoice(toolConfig, after.tool_choice);
  }
  return fields;
}

/** The API wants a name in every result; other surfaces tie a result to its call by the id alone. */
function withNames(edited: AnnotatedRequest, before: AnnotatedRequest): AnnotatedRequest {
  const nameless = ({ role, name }: AnnotatedMessage): boolean => role === 'tool' && name === undefined;
  if (!edited.messages.some(nameless)) return edited;
  const known = before.messages.filter(nameless);
  const names = new Map(
    edited.messages.flatMap(({ tool_calls: calls = [] }) => calls.map(({ id, name }) => [id, name])),
  );
  const messages = edited.messages.map((message) => {
    const name = nameless(message) ? names.get(message.tool_call_id ?? '') : undefined;
    const asItWas = name === undefined || known.some(({ tool_call_id: id }) => id === message.tool_call_id);
    return asItWas ? message : { ...message, name };
  });
  return { ...edited, messages };
}

/** Gemini's `generateContent`, in the form of the REST API and in that of `@google/genai`; streams are joined from partial responses. */
export const geminiGenerateContent: Codec = {
  id: 'gemini_generate_content',
  operation: 'generate_content',
  decodeRequest: tolerant(decodeRequest),
  describe: tolerant(describe),
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: geminiAccumulator,
};
