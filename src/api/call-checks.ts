// SPDX-License-Identifier: Apache-2.0
import type { Codec } from '../codecs/annotated.ts';
import { invalid } from '../runtime/checks.ts';

const CODEC_METHODS = ['decodeRequest', 'encodeRequest', 'decodeResponse', 'accumulator'] as const;

/** A codec of ours or of the application's, or undefined. */
export function checkCodec(where: string, codec: Codec | undefined): Codec | undefined {
  if (codec === undefined) return undefined;
  if (typeof codec?.id === 'string' && CODEC_METHODS.every((name) => typeof codec[name] === 'function')) return codec;
  return invalid(where, `codec must be { id, operation, ${CODEC_METHODS.join(', ')} }`, codec);
}

/** An option that is a text, or undefined. */
export function checkText(where: string, option: string, given: unknown): string | undefined {
  return given === undefined || typeof given === 'string' ? given : invalid(where, `${option} must be a string`, given);
}

/** The caller's signal, or undefined. Not by class: signals of other realms and polyfills are as good. */
export function checkSignal(where: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const { aborted, addEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return signal as AbortSignal;
  return invalid(where, 'signal must be an AbortSignal', signal);
}
