// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http2';
import type * as Zlib from 'node:zlib';

import type { PostResult } from './otlp-post.ts';

/**
 * What a receiver says in its headers, trailers and body. Throws on a body that is none. The thread that delivers at exit runs the
 * source text of this function, so it refers to nothing but its parameters and globals.
 */
export function readGrpcAnswer(answer: IncomingHttpHeaders, body: Buffer, zlib: typeof Zlib): PostResult {
  // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
  const repeatable = [1, 4, 10, 11, 14, 15];
  const [RESOURCE_EXHAUSTED, UNIMPLEMENTED] = [8, 12];

  /** The delay that a RetryInfo among the details asks for, in milliseconds; undefined where there is none. */
  function retryDelay(details: unknown): number | undefined {
    const bytes = Buffer.from(String(details ?? ''), 'base64');
    const at = bytes.indexOf('google.rpc.RetryInfo');
    if (at < 0) return undefined;
    // After the type's name: value (tag, length), retry_delay (tag, length), then seconds and nanoseconds as varints.
    const numbers: Record<number, number> = {};
    for (let i = at + 'google.rpc.RetryInfo'.length + 4; i < bytes.length;) {
      const tag = bytes[i++] ?? 0;
      let [value, factor] = [0, 1];
      for (let more = true; more && i < bytes.length; factor *= 128) {
        const byte = bytes[i++] ?? 0;
        value += (byte & 127) * factor;
        more = byte > 127;
      }
      // The first of each: what comes after it belongs to other details.
      numbers[tag] ??= value;
    }
    return (numbers[8] ?? 0) * 1000 + Math.ceil((numbers[16] ?? 0) / 1e6);
  }

  function message(text: unknown): string {
    try {
      return decodeURIComponent(String(text ?? ''));
    } catch {
      return String(text);
    }
  }

  const http = Number(answer[':status']);
  if (answer['grpc-status'] === undefined) {
    const reason = `HTTP ${http} without a gRPC status`;
    if (![429, 502, 503, 504].includes(http)) return { status: 'failed', reason, code: http };
    return { status: 'retry', reason, answered: true, afterMillis: undefined };
  }
  const status = Number(answer['grpc-status']);
  if (status === 0) {
    const bytes = body.subarray(5);
    return { status: 'delivered', answer: body[0] === 1 ? zlib.gunzipSync(bytes) : bytes };
  }
  const reason = `gRPC status ${status} ${message(answer['grpc-message'])}`.trim();
  const delay = retryDelay(answer['grpc-status-details-bin']);
  if (repeatable.includes(status) || (status === RESOURCE_EXHAUSTED && delay !== undefined))
    return { status: 'retry', reason, answered: true, afterMillis: delay || undefined };
  // As an HTTP server says it that does not know the path.
  return { status: 'failed', reason, ...(status === UNIMPLEMENTED ? { code: 501 } : {}) };
}
