// SPDX-License-Identifier: Apache-2.0
import type * as Transformer from '@opentelemetry/otlp-transformer';

import { load } from '../instrument/load.ts';
import type { OtlpSettings } from './otlp-settings.ts';
import type { OtlpSignal } from './otlp-signal.ts';

/** Turns items of one signal into request bodies and reads the answers. */
export interface Encoder<T> {
  /** An item that cannot be encoded is dropped; its neighbours are encoded without it. */
  encode(items: readonly T[]): readonly Encoded<T>[];
  /** What the receiver says it refused of a request that it accepted. */
  refused(answer: Uint8Array): { readonly count: number; readonly reason: string };
}

export interface Encoded<T> {
  readonly body: Uint8Array;
  readonly items: readonly T[];
}

export function createEncoder<T>(
  signal: OtlpSignal<T>,
  protocol: OtlpSettings['protocol'],
  drop: (item: T, reason: string) => void,
): Encoder<T> {
  const transformer = load<typeof Transformer>('@opentelemetry/otlp-transformer');
  const serializer = signal.createSerializer(transformer, protocol === 'http/json');

  function encode(items: readonly T[]): readonly Encoded<T>[] {
    try {
      const body = serializer.serialize(items);
      return body === undefined ? [] : [{ body, items }];
    } catch (error) {
      if (items.length > 1) {
        const half = items.length >> 1;
        return [...encode(items.slice(0, half)), ...encode(items.slice(half))];
      }
      for (const item of items) drop(item, `a ${signal.nouns[0]} cannot be encoded: ${String(error)}`);
      return [];
    }
  }

  function refused(answer: Uint8Array): { count: number; reason: string } {
    try {
      const { rejected, message } = serializer.partialSuccess(answer);
      return { count: Number(rejected ?? 0), reason: `the receiver refused them: ${message}` };
    } catch {
      // An answer that is no OTLP; its status said that all is accepted.
      return { count: 0, reason: '' };
    }
  }

  return { encode, refused };
}
