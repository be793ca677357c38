// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { tapResponse } from '../../src/instrument/response-tap.ts';

/** A response on this body, watched, and what the watch was told. */
function tapped(body: ReadableStream): { response: Response; told: string[] } {
  const told: string[] = [];
  const decoder = new TextDecoder();
  const response = new Response(body);
  tapResponse(response, () => ({
    push: (bytes) => void told.push(typeof bytes === 'string' ? bytes : decoder.decode(bytes)),
    parsed: () => undefined,
    end: () => void told.push('end'),
    fail: (error) => void told.push(`failed: ${String(error)}`),
    cancel: (how) => void told.push(how),
  }));
  return { response, told };
}

async function read(response: Response): Promise<string[]> {
  const chunks: string[] = [];
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    chunks.push(new TextDecoder().decode(chunk));
  return chunks;
}

describe('a watched response', () => {
  it.each([
    [
      'of a class',
      (members: object) =>
        new (class Answer {
          json = (members as Response).json;
        })(),
    ],
    ['of no class', (members: object) => Object.assign(Object.create(null) as object, members)],
    ['literal', (members: object) => members],
  ])(
    'that an application answers with again and again, an object %s, tells each watch what its call reads',
    async (_, make) => {
      const response = make({ json: async () => ({ id: 'answer' }) }) as Response;
      const told: unknown[] = [];
      for (const watch of ['first', 'second', 'third']) {
        const given = tapResponse(response, () => ({
          push: () => undefined,
          parsed: (json) => void told.push([watch, json]),
          end: () => void told.push([watch, 'end']),
          fail: (error) => void told.push(error),
          cancel: (how) => void told.push(how),
        }));
        expect(await given.json()).toEqual({ id: 'answer' });
      }
      expect(told).toEqual(
        ['first', 'second', 'third'].flatMap((watch) => [
          [watch, { id: 'answer' }],
          [watch, 'end'],
        ]),
      );
    },
  );

  it('has the class, the members and the keys that it had', async () => {
    const response = new Response('{}', { headers: { 'content-type': 'application/json' } });
    const before = [Reflect.ownKeys(response).filter((key) => typeof key === 'string'), Object.keys(response)];
    tapResponse(response, () => ({
      push: () => undefined,
      parsed: () => undefined,
      end: () => undefined,
      fail: () => undefined,
      cancel: () => undefined,
    }));
    expect(response).toBeInstanceOf(Response);
    expect(response.constructor).toBe(Response);
    expect([Reflect.ownKeys(response).filter((key) => typeof key === 'string'), Object.keys(response)]).toEqual(before);
    expect(await response.clone().json()).toEqual({});
    expect(await response.text()).toBe('{}');
  });
});

describe('a watched body', () => {
  it('of a stream that is none of bytes hands on each chunk as it is: of a pool, the same one twice, an empty one', async () => {
    const same = new TextEncoder().encode('same');
    const chunks = [Buffer.from('pooled'), same, same, new Uint8Array()];
    const { response, told } = tapped(
      new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(chunk);
          controller.close();
        },
      }),
    );
    expect(await read(response)).toEqual(['pooled', 'same', 'same', '']);
    expect(told).toEqual(['pooled', 'same', 'same', '', 'end']);
    expect(new TextDecoder().decode(same)).toBe('same');
  });

  it('of a byte stream can be read into a buffer of the reader', async () => {
    const { response, told } = tapped(
      new ReadableStream({
        type: 'bytes',
        start(controller) {
          controller.enqueue(new TextEncoder().encode('bytes'));
          controller.close();
        },
      }),
    );
    const reader = (response.body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(3));
    expect(new TextDecoder().decode(value)).toBe('byt');
    expect(told).toEqual(['bytes']);
  });

  it('that is left says so, and leaves the original', async () => {
    let reason: unknown;
    const { response, told } = tapped(new ReadableStream({ cancel: (given) => void (reason = given) }));
    await response.body?.cancel('enough');
    expect([told, reason]).toEqual([['closed'], 'enough']);
  });
});
