// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedRequest } from './annotated.ts';
import { setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, numberOf, stringOf } from './read.ts';

type Params = AnnotatedRequest['params'];

const NUMBERS = [
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['max_tokens', 'maxOutputTokens'],
  ['frequency_penalty', 'frequencyPenalty'],
  ['presence_penalty', 'presencePenalty'],
  ['seed', 'seed'],
  ['n', 'candidateCount'],
] as const;

/** The fields of the settings that our parameters show. */
export const READ_SETTINGS: ReadonlySet<string> = new Set([
  ...NUMBERS.map(([, wire]) => wire),
  'stopSequences',
  'thinkingConfig',
]);

/** Our parameters from `generationConfig`, or from the SDK's `config`, which has the same names. */
export function decodeSettings(settings: Json | undefined): Params {
  const stop = field(settings, 'stopSequences');
  return defined<Params>({
    ...Object.fromEntries(NUMBERS.map(([name, wire]) => [name, numberOf(field(settings, wire))])),
    stop: Array.isArray(stop) ? listOf(stop).filter((item) => typeof item === 'string') : undefined,
    reasoning_effort: stringOf(field(field(settings, 'thinkingConfig'), 'thinkingLevel')),
  });
}

/** Our parameters as fields of the settings, over those that the request had. */
export function wireSettings(params: Params, settings: JsonObject): WireFields {
  const { stop, reasoning_effort: level } = params;
  const thinking = settings['thinkingConfig'];
  const known = isObject(thinking) ? thinking : {};
  const edited = field(known, 'thinkingLevel') === level ? known : setFields(known, { thinkingLevel: level });
  return {
    ...Object.fromEntries(NUMBERS.map(([name, wire]) => [wire, params[name]])),
    stopSequences: stop && [...stop],
    thinkingConfig: isObject(thinking) || level !== undefined ? edited : undefined,
  };
}
