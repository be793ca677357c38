// SPDX-License-Identifier: Apache-2.0
import { UnreadableEvent, encodeSse } from './sse.ts';

/** What a Response that Flow builds takes over from the provider's, where there was one. */
export interface ResponseOrigin {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
}

const BODY_HEADERS = ['content-length', 'content-encoding', 'transfer-encoding'];

/** A JSON body in a Response of its own: what an intercept put in the place of the provider's. */
export function jsonResponse(result: unknown, origin: ResponseOrigin | undefined): Response {
  return build(JSON.stringify(result) ?? 'null', 'application/json', origin);
}

/** Chunks as a server-sent event stream, pulled one at a time. Closing it closes the chunks. */
export function sseResponse(
  chunks: AsyncIterator<unknown>,
  origin: ResponseOrigin | undefined,
  sentinel: string | undefined,
): Response {
  const encoder = new TextEncoder();
  let reportedError = false;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done !== true) {
            reportedError = isErrorChunk(value);
            controller.enqueue(encoder.encode(encodeSse(value)));
            return;
          }
          if (sentinel !== undefined) controller.enqueue(encoder.encode(`data: ${sentinel}\n\n`));
          controller.close();
        } catch (error) {
          // The SDK makes its own error of what the provider sent: an error event, which has gone out already, or broken JSON.
          if (error instanceof UnreadableEvent) controller.enqueue(encoder.encode(error.text));
          if (reportedError || error instanceof UnreadableEvent) controller.close();
          else controller.error(error);
        }
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return build(body, 'text/event-stream', origin);
}

/** True for a provider's error sent as a stream event. */
export function isErrorChunk(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null) return false;
  const { error, type } = chunk as { error?: unknown; type?: unknown };
  return (error !== undefined && error !== null) || type === 'error';
}

function build(body: string | ReadableStream, contentType: string, origin: ResponseOrigin | undefined): Response {
  const headers = new Headers(origin?.headers);
  for (const name of BODY_HEADERS) headers.delete(name);
  headers.set('content-type', contentType);
  const response = new Response(body, { status: origin?.status ?? 200, headers });
  Object.defineProperty(response, 'url', { value: origin?.url ?? '', configurable: true });
  return response;
}

/** Makes a Response whose body has been read readable again, from its text. The same object, for whoever holds it. */
export function rewind(response: Response, text: string): void {
  if (response.body === null) return;
  const again = (): Response => new Response(text, { headers: response.headers });
  const define = (name: string, value: unknown): void =>
    void Object.defineProperty(response, name, { value, configurable: true, writable: true, enumerable: false });
  for (const name of ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const)
    define(name, () => again()[name]());
  define('clone', () => again());
  Object.defineProperty(response, 'bodyUsed', { get: () => false, configurable: true });
  Object.defineProperty(response, 'body', { get: () => again().body, configurable: true });
}
