// SPDX-License-Identifier: Apache-2.0
import { Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

/** Opens a scope of that name, to see in the events where it was opened. */
const step = (name: string): void => flow.scope.run(name, () => undefined);
const tick = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a stream of Node', () => {
  test('that a run returned reads its source where it was made, and a pipeline runs its steps where that was started', async () => {
    const events = recordEvents();
    const source = flow.scope.run('maker', () =>
      Readable.from(
        (async function* chunks() {
          step('made');
          yield 'a';
        })(),
      ),
    );
    const written: string[] = [];
    await flow.scope.run('user', async () => {
      await pipeline(
        source,
        async function* upper(chunks: AsyncIterable<string>) {
          for await (const chunk of chunks) {
            step('transformed');
            yield String(chunk).toUpperCase();
          }
        },
        new Writable({
          objectMode: true,
          write(chunk: string, _, done) {
            written.push(chunk);
            step('written');
            done();
          },
        }),
      );
      step('after');
    });
    expect(written).toEqual(['A']);
    expect(eventTree(await events.all())).toEqual({
      maker: 'root',
      user: 'root',
      made: 'maker',
      transformed: 'user',
      written: 'user',
      after: 'user',
    });
  });

  test('that reads a generator with a scope: its steps belong to that scope, whoever pulls', async () => {
    const events = recordEvents();
    const source = Readable.from(
      flow.scope.run('agent', async function* agent() {
        step('made');
        yield 'a';
      }),
    );
    await flow.scope.run('user', () => pipeline(source, new PassThrough({ objectMode: true }).resume()));
    expect(eventTree(await events.all())).toEqual({ agent: 'root', user: 'root', made: 'agent' });
  });

  test('a Transform works where it is written to', async () => {
    const events = recordEvents();
    const transform = flow.scope.run(
      'maker',
      () =>
        new Transform({
          objectMode: true,
          transform(chunk: unknown, _, done) {
            step('transformed');
            done(null, chunk);
          },
        }),
    );
    flow.scope.run('user', () => transform.end('a'));
    for await (const _ of transform) step('read');
    expect(eventTree(await events.all())).toEqual({ maker: 'root', user: 'root', transformed: 'user', read: 'root' });
  });

  test('iterated: the loop stays in the scope of its reader', async () => {
    const events = recordEvents();
    const stream = flow.scope.run('maker', () => Readable.from(['a', 'b']));
    await flow.scope.run('user', async (user) => {
      for await (const chunk of stream) {
        expect(flow.scope.current()).toBe(user);
        step(`read ${String(chunk)}`);
      }
    });
    expect(eventTree(await events.all())).toEqual({ maker: 'root', user: 'root', 'read a': 'user', 'read b': 'user' });
  });

  test('a Duplex made from functions runs them where it is used', async () => {
    const events = recordEvents();
    const duplex = flow.scope.run('maker', () =>
      Duplex.from(async function* echo(chunks: AsyncIterable<string>) {
        for await (const chunk of chunks) yield chunk;
      }),
    );
    await flow.scope.run('user', async () => {
      duplex.end('a');
      for await (const _ of duplex) step('read');
    });
    expect(eventTree(await events.all())).toEqual({ maker: 'root', user: 'root', read: 'user' });
  });
});

describe('a web stream', () => {
  test('read in a scope: the loop stays there', async () => {
    const events = recordEvents();
    const stream = flow.scope.run('maker', () => {
      step('opened');
      return new ReadableStream<string>({
        async start(controller) {
          await tick();
          step('produced');
          controller.enqueue('a');
          controller.close();
        },
      });
    });
    await flow.scope.run('user', async (user) => {
      for await (const chunk of stream) {
        expect(chunk).toBe('a');
        expect(flow.scope.current()).toBe(user);
        step('read');
      }
    });
    expect(eventTree(await events.all())).toEqual({
      maker: 'root',
      opened: 'maker',
      user: 'root',
      produced: 'maker',
      read: 'user',
    });
  });

  test('piped through a TransformStream: whoever waits for the pipe stays where they are', async () => {
    const events = recordEvents();
    const read: string[] = [];
    await flow.scope.run('user', async (user) => {
      const upper = new TransformStream<string, string>({
        transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()),
      });
      const chunks = ReadableStream.from(['a', 'b']).pipeThrough(upper);
      for await (const chunk of chunks) {
        expect(flow.scope.current()).toBe(user);
        read.push(chunk);
      }
      step('after');
    });
    expect(read).toEqual(['A', 'B']);
    expect(eventTree(await events.all())).toEqual({ user: 'root', after: 'user' });
  });
});

describe('a managed stream', () => {
  const chunks = async function* chunks(): AsyncGenerator<string> {
    step('produced');
    yield 'a';
    await tick();
    step('produced again');
    yield 'b';
  };

  test('makes its chunks inside of its call, and leaves its reader where it is', async () => {
    const events = recordEvents();
    const stream = await flow.scope.run('maker', () =>
      flow.llm.stream({ name: 'call', request: { content: {} } }, () => chunks()),
    );
    await flow.scope.run('user', async (user) => {
      for await (const chunk of stream) {
        expect(flow.scope.current()).toBe(user);
        step(`read ${chunk}`);
      }
    });
    expect(eventTree(await events.all())).toEqual({
      maker: 'root',
      call: 'maker',
      user: 'root',
      produced: 'call',
      'read a': 'user',
      'produced again': 'call',
      'read b': 'user',
    });
  });

  test('read by several at once: each goes on where it reads', async () => {
    const events = recordEvents();
    const stream = await flow.llm.stream({ name: 'call', request: { content: {} } }, () => chunks());
    await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        flow.scope.run(name, async () => {
          await stream.next();
          step(`after ${name}`);
        }),
      ),
    );
    expect(eventTree(await events.all())).toMatchObject({
      produced: 'call',
      'produced again': 'call',
      'after one': 'one',
      'after two': 'two',
      'after three': 'three',
    });
  });
});
