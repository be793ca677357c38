// SPDX-License-Identifier: Apache-2.0

/** The bytes of each server-sent event in a text of them. */
export function eventsOf(text: string): readonly Uint8Array<ArrayBuffer>[] {
  const encoder = new TextEncoder();
  return text
    .split(/(?<=\n\n)/)
    .filter((event) => event !== '')
    .map((event) => encoder.encode(event));
}

/** A response whose events arrive one by one, in a stream of the kind that `fetch` gives. */
export function streamedResponse(events: readonly Uint8Array<ArrayBuffer>[]): Response {
  let next = 0;
  const body = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      // A byte stream takes away the memory of what it is given.
      controller.enqueue((events[next++] as Uint8Array<ArrayBuffer>).slice());
      if (next === events.length) controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}
