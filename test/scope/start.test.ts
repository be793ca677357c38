// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { type AtofScopeEvent, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

const closed = expect.objectContaining({ code: 'FLOW_SCOPE_CLOSED' });
const isRoot = expect.objectContaining({ code: 'FLOW_SCOPE_IS_ROOT' });

describe('a started scope', () => {
  test('is current only inside its own run, and stays open after it', async () => {
    const events = recordEvents();
    const outside = flow.scope.current();
    const started = flow.scope.start('started');
    expect(flow.scope.current()).toBe(outside);
    await started.run(async () => {
      expect(flow.scope.current()).toBe(started);
      await Promise.resolve();
      flow.scope.run('first', () => undefined);
    });
    started.run(() => flow.scope.run('second', () => undefined));
    expect(started.ended).toBe(false);
    started.end();
    expect(started.ended).toBe(true);
    expect(eventTree(await events.all())).toEqual({ started: 'root', first: 'started', second: 'started' });
  });

  test('ends what was pushed in its run and never popped when that settles, and stays open itself', async () => {
    const events = recordEvents();
    const started = flow.scope.start('started');
    await started.run(async () => {
      await Promise.resolve();
      flow.scope.push('pushed');
    });
    await new Promise(setImmediate);
    expect(started.ended).toBe(false);
    started.end();
    const ends = ((await events.all()) as AtofScopeEvent[]).filter(({ scope_category: phase }) => phase === 'end');
    expect(ends.map(({ name, metadata }) => [name, metadata?.['flow.end_reason']])).toEqual([
      ['pushed', 'unfinished'],
      ['started', undefined],
    ]);
  });

  test('ends with output, metadata over that of the start, and its own time', async () => {
    const events = recordEvents();
    const time = Date.now() * 1000;
    const scope = flow.scope.start('timed', { time, metadata: { a: 1, b: 1 } });
    scope.end({ output: [1, 2], metadata: { b: 2 }, time: time + 5 });
    const [start, end] = await events.all();
    expect(start?.metadata).toMatchObject({ a: 1, b: 1 });
    expect(end?.metadata).toMatchObject({ a: 1, b: 2 });
    expect(end?.data).toEqual([1, 2]);
    expect(Number(end?.timestamp.toString().slice(20, 26)) - Number(start?.timestamp.toString().slice(20, 26))).toBe(5);
  });

  test('that fails carries what the error says, and is not changed by it', async () => {
    const events = recordEvents();
    const error = Object.freeze(Object.assign(new Error('no such file'), { code: 'ENOENT' }));
    flow.scope.start('by fail').fail(error, { output: 'partial' });
    flow.scope.start('by end').end({ error, output: 'partial' });
    const ends = ((await events.all()) as AtofScopeEvent[]).filter(({ scope_category: phase }) => phase === 'end');
    expect(ends).toHaveLength(2);
    for (const { metadata, data } of ends) {
      expect(data).toBe('partial');
      expect(metadata).toMatchObject({
        'otel.status_code': 'ERROR',
        'error.type': 'ENOENT',
        'exception.type': 'Error',
      });
    }
  });

  test('cannot end twice, and the second attempt emits nothing', async () => {
    const events = recordEvents();
    const scope = flow.scope.start('twice');
    scope.end();
    expect(() => scope.end()).toThrow(closed);
    expect(() => scope.fail(new Error('x'))).toThrow(closed);
    expect(await events.all()).toHaveLength(2);
  });

  test.each([
    ['before its start', -1],
    ['at its start', 0],
    ['at a fraction of a microsecond', 1.5],
  ])('cannot end %s, and stays open', (_, offset) => {
    const time = Date.now() * 1000;
    const scope = flow.scope.start('strict', { time });
    const wrong = expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' });
    expect(() => scope.end({ time: time + offset })).toThrow(wrong);
    expect(scope.ended).toBe(false);
    scope.end({ time: time + 1 });
  });

  test('takes marks while it is open and after it has ended', async () => {
    const events = recordEvents();
    const scope = flow.scope.start('marked');
    scope.mark('early', { data: 1 });
    scope.end();
    scope.mark('late', { data: 2 });
    expect(eventTree(await events.all())).toEqual({ marked: 'root', early: 'marked', late: 'marked' });
  });
});

describe('an explicit parent', () => {
  test('is the parent wherever the scope is opened, and the current scope stays what it was', async () => {
    const events = recordEvents();
    const parent = flow.scope.start('parent');
    flow.scope.run('elsewhere', (elsewhere) => {
      flow.scope.start('started', { parent }).end();
      flow.scope.run('run', { parent }, () => flow.scope.run('beneath', () => undefined));
      flow.scope.pop(flow.scope.push('pushed', { parent }));
      expect(flow.scope.current()).toBe(elsewhere);
    });
    parent.end();
    expect(eventTree(await events.all())).toEqual({
      parent: 'root',
      elsewhere: 'root',
      started: 'parent',
      run: 'parent',
      beneath: 'run',
      pushed: 'parent',
    });
  });

  test('may have ended', async () => {
    const events = recordEvents();
    const parent = flow.scope.start('parent');
    parent.end();
    flow.scope.start('orphan', { parent }).end();
    expect(eventTree(await events.all())).toEqual({ parent: 'root', orphan: 'parent' });
  });

  test('may be a call, which may have an explicit parent too', async () => {
    const events = recordEvents();
    const parent = flow.scope.start('parent');
    await flow.scope.run('elsewhere', () =>
      flow.tool.execute({ name: 'call', args: {}, parent }, () => flow.scope.run('inside', () => undefined)),
    );
    parent.end();
    expect(eventTree(await events.all())).toEqual({
      parent: 'root',
      elsewhere: 'root',
      call: 'parent',
      inside: 'call',
    });
  });
});

describe('the implicit root', () => {
  test('is current when nothing is open, is an agent without a parent, and never ends', () => {
    const root = flow.scope.current();
    expect({ name: root.name, type: root.type, parentUuid: root.parentUuid }).toEqual({
      name: 'root',
      type: 'agent',
      parentUuid: null,
    });
    expect(root.rootUuid).toBe(root.uuid);
    expect(() => root.end()).toThrow(isRoot);
    expect(() => root.fail(new Error('x'))).toThrow(isRoot);
    expect(() => flow.scope.pop(root)).toThrow(isRoot);
    flow.scope.isolate(() => expect(() => flow.scope.current().end()).toThrow(isRoot));
    expect(root.ended).toBe(false);
  });

  test('emits nothing itself', async () => {
    const events = recordEvents();
    flow.scope.isolate(() => flow.scope.run('only', () => undefined));
    expect((await events.all()).map(({ name }) => name)).toEqual(['only', 'only']);
  });
});
