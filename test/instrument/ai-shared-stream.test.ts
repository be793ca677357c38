// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { shareStream } from '../../src/instrument/ai-shared-stream.ts';

type Stream = ReadableStream<unknown>;

/** A stream of numbers that is shared, and what was told of it. */
function shared(length: number, failsAt = Infinity) {
  const told: unknown[] = [];
  const cancelled: unknown[] = [];
  let at = 0;
  const source = new ReadableStream<unknown>(
    {
      pull(controller) {
        if (at === failsAt) throw new RangeError('broken');
        if (at < length) controller.enqueue(at++);
        else controller.close();
      },
      cancel: (reason) => void cancelled.push(reason),
    },
    { highWaterMark: 0 },
  );
  const { stream, branchesOf } = shareStream(source, {
    chunk: (value) => void told.push(value),
    ended: () => void told.push('ended'),
    failed: (error) => void told.push(String(error)),
    left: () => void told.push('left'),
  });
  return { stream, branchesOf, told, cancelled, read: () => at };
}

async function all(stream: Stream): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const chunk of stream) seen.push(chunk);
  return seen;
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a stream that is shared', () => {
  it('is read by nobody before somebody asks, and once for all who do', async () => {
    const { stream, told, read } = shared(3);
    const [first, rest] = stream.tee();
    const [second, last] = rest.tee();
    expect(read()).toBe(0);
    expect(await Promise.all([all(first), all(second)])).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(await all(last)).toEqual([0, 1, 2]);
    expect(told).toEqual([0, 1, 2, 'ended']);
  });

  it('fails for everybody, and is told of once', async () => {
    const { stream, told } = shared(3, 1);
    const [first, rest] = stream.tee();
    await expect(all(first)).rejects.toThrow('broken');
    await expect(all(rest)).rejects.toThrow('broken');
    expect(told).toEqual([0, 'RangeError: broken']);
  });

  it('is left when the last of its readers has cancelled, and goes on for one who comes back', async () => {
    const { stream, told, cancelled } = shared(3);
    const [first, others] = stream.tee();
    const [second, rest] = others.tee();
    await first.cancel();
    await turn();
    expect(told).not.toContain('left');
    await second.cancel();
    await turn();
    expect(told.at(-1)).toBe('left');
    expect(await all(rest)).toEqual([0, 1, 2]);
    expect(told.at(-1)).toBe('ended');
    expect(cancelled).toEqual([]);
  });

  it('is not left by a reader who takes another branch at once', async () => {
    const { stream, told } = shared(3);
    const [first, rest] = stream.tee();
    await first.cancel();
    const [second] = rest.tee();
    await turn();
    expect(await all(second)).toEqual([0, 1, 2]);
    await turn();
    expect(told).toEqual([0, 1, 2, 'ended']);
  });

  it('is left when its readers are said to be gone, which they may be without cancelling', async () => {
    const { stream, branchesOf, told } = shared(3);
    const [[first, rest], gone] = branchesOf(() => stream.tee());
    const [second] = rest.tee();
    gone();
    await turn();
    expect(told).not.toContain('left');
    await first.cancel();
    await second.cancel();
    await turn();
    expect(told.filter((each) => each === 'left')).toHaveLength(1);
  });

  it('cancels its source where it is read without branches', async () => {
    const { stream, told, cancelled } = shared(3);
    const reader = stream.getReader();
    expect((await reader.read()).value).toBe(0);
    expect(() => stream.tee()).toThrow(TypeError);
    await reader.cancel('enough');
    expect({ told, cancelled }).toEqual({ told: [0, 'left'], cancelled: ['enough'] });
  });

  it('goes on in branches from where its own reader has stopped', async () => {
    const { stream } = shared(3);
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();
    expect(await all(stream.tee()[0])).toEqual([1, 2]);
  });
});
