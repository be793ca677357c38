// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { tapResponse } from '../../src/instrument/response-tap.ts';
import { patchStream } from '../../src/instrument/stream-items.ts';
import { MAJORS, packageOf } from '../instrumentations/openai/installed.ts';
import { packageOf as anthropicOf, VERSIONS } from '../instrumentations/anthropic/installed.ts';

interface SdkStream extends AsyncIterable<unknown> {
  readonly iterator: () => AsyncGenerator<unknown>;
  tee(): [SdkStream, SdkStream];
  toReadableStream(): ReadableStream<Uint8Array>;
}
interface StreamClass {
  fromSSEResponse(response: Response, controller: AbortController): SdkStream;
}

const streamClassOf = (folder: string): StreamClass =>
  (createRequire(join(folder, 'package.json'))('./streaming') as { Stream: StreamClass }).Stream;
const classes = [
  ...MAJORS.map((major) => [`openai ${major}`, streamClassOf(packageOf(major))] as const),
  ...VERSIONS.map((version) => [`@anthropic-ai/sdk ${version}`, streamClassOf(anthropicOf(version))] as const),
];
// The types of Anthropic; others take any.
const TYPES = ['message_start', 'message_delta', 'message_stop'];
const EVENTS = TYPES.map((type, place) => ({ type, place, list: [place] }));
const text = (event: { readonly type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
// OpenAI names events of assistants alone.
const unnamed = (body: string): string => body.replaceAll(/^event: message.*\n/gm, '');

/** A stream of the SDK on these events, and what the watch was told. */
function watched(Stream: StreamClass, body: string) {
  const told: unknown[] = [];
  const controller = new AbortController();
  const response = new Response(body);
  tapResponse(response, () => ({
    push: () => void told.push('bytes'),
    parsed: () => undefined,
    item: (item) => void told.push((item as { place: number }).place),
    end: () => void told.push('end'),
    fail: () => void told.push('failed'),
    cancel: (how) => void told.push(how),
  }));
  return { stream: Stream.fromSSEResponse(response, controller), response, controller, told };
}

async function read(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe.each(classes)('a stream of %s', (name, Stream) => {
  const sent = (body: string = EVENTS.map(text).join('')): string => (name.startsWith('openai') ? unnamed(body) : body);
  patchStream(Stream);
  patchStream(Stream);

  it('tells each event as the SDK parsed it, before its reader has it; nobody parses it again', async () => {
    const { stream, told } = watched(Stream, sent());
    const parse = vi.spyOn(JSON, 'parse');
    const seen: unknown[] = [];
    for await (const item of stream) seen.push([item, [...told]]);
    expect(parse).toHaveBeenCalledTimes(EVENTS.length);
    parse.mockRestore();
    expect(seen).toEqual(EVENTS.map((event) => [event, [0, 1, 2].slice(0, event.place + 1)]));
    expect(told).toEqual([0, 1, 2, 'end']);
  });

  it('that is left says so, and aborts its request as without a watch', async () => {
    const { stream, controller, told } = watched(Stream, sent());
    for await (const _item of stream) break;
    expect([told, controller.signal.aborted]).toEqual([[0, 'closed'], true]);
  });

  it('tells the error of its reader, and is read once', async () => {
    const { stream, told } = watched(
      Stream,
      sent(`${text({ type: 'message_start' })}event: error\ndata: {"error":{}}\n\n`),
    );
    await expect(read(stream)).rejects.toThrow();
    expect(told).toEqual([undefined, 'failed']);
    await expect(read(stream)).rejects.toThrow(/consumed/);
    expect(told).toHaveLength(2);
  });

  it('that two readers share, or that goes on as bytes, tells each event once', async () => {
    const shared = watched(Stream, sent());
    expect(await Promise.all(shared.stream.tee().map(read))).toEqual([EVENTS, EVENTS]);
    expect(shared.told).toEqual([0, 1, 2, 'end']);
    const bytes = watched(Stream, sent());
    await new Response(bytes.stream.toReadableStream()).text();
    expect(bytes.told).toEqual([0, 1, 2, 'end']);
  });

  it('has the iterator that the SDK made, of the same class and without further names', () => {
    const events = watched(Stream, sent()).stream.iterator();
    expect([Object.keys(events), Object.prototype.toString.call(events)]).toEqual([[], '[object AsyncGenerator]']);
  });

  it('of which nobody reads an event tells the bytes of the response', async () => {
    const { response, told } = watched(Stream, sent());
    await response.text();
    expect(told).toEqual(['bytes', 'end']);
  });
});

describe('a stream class of another kind', () => {
  it('is left as it is', async () => {
    const events = { next: async () => ({ done: true, value: undefined }) };
    const iterator = (): unknown => events;
    const Stream = { fromSSEResponse: () => ({ iterator }) } as unknown as StreamClass;
    patchStream(Stream);
    patchStream(undefined);
    const { stream, told } = watched(Stream, '');
    expect(Object.keys(stream.iterator())).toEqual(['next']);
    expect(told).toEqual([]);
  });
});
