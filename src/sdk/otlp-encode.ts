// SPDX-License-Identifier: Apache-2.0
import type * as Transformer from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

import { load } from '../instrument/load.ts';
import type { OtlpSettings } from './otlp-settings.ts';

/** Turns spans into request bodies and reads the answers. */
export interface Encoder {
  /** A span that cannot be encoded is dropped; its neighbours are encoded without it. */
  encode(spans: readonly ReadableSpan[]): readonly Encoded[];
  /** What the receiver says it refused of a request that it accepted. */
  refused(answer: Uint8Array): { readonly count: number; readonly reason: string };
}

export interface Encoded {
  readonly body: Uint8Array;
  readonly spans: readonly ReadableSpan[];
}

export function createEncoder(
  protocol: OtlpSettings['protocol'],
  drop: (span: ReadableSpan, reason: string) => void,
): Encoder {
  const { JsonTraceSerializer, ProtobufTraceSerializer } = load<typeof Transformer>('@opentelemetry/otlp-transformer');
  const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer;

  function encode(spans: readonly ReadableSpan[]): readonly Encoded[] {
    try {
      const body = serializer.serializeRequest([...spans]);
      return body === undefined ? [] : [{ body, spans }];
    } catch (error) {
      if (spans.length > 1) {
        const half = spans.length >> 1;
        return [...encode(spans.slice(0, half)), ...encode(spans.slice(half))];
      }
      for (const span of spans) drop(span, `a span cannot be encoded: ${String(error)}`);
      return [];
    }
  }

  function refused(answer: Uint8Array): { count: number; reason: string } {
    try {
      const { rejectedSpans = 0, errorMessage = '' } = serializer.deserializeResponse(answer).partialSuccess ?? {};
      return { count: Number(rejectedSpans), reason: `the receiver refused them: ${errorMessage}` };
    } catch {
      // An answer that is no OTLP; its status said that the spans are accepted.
      return { count: 0, reason: '' };
    }
  }

  return { encode, refused };
}
