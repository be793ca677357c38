// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

const notTop = expect.objectContaining({ code: 'FLOW_SCOPE_NOT_TOP' });
const closed = expect.objectContaining({ code: 'FLOW_SCOPE_CLOSED' });

describe('push and pop', () => {
  test('make the scope the parent of the scopes, calls and marks that follow', async () => {
    const events = recordEvents();
    await flow.scope.run('run', async (run) => {
      const pushed = flow.scope.push('pushed');
      expect(flow.scope.current()).toBe(pushed);
      flow.scope.mark('mark');
      await flow.tool.execute({ name: 'tool', args: {} }, () => flow.scope.run('in tool', () => undefined));
      flow.scope.run('nested', () => undefined);
      flow.scope.start('started').end();
      flow.scope.pop(pushed, { output: 'popped' });
      expect(flow.scope.current()).toBe(run);
      flow.scope.mark('after');
    });
    const all = await events.all();
    expect(eventTree(all)).toEqual({
      run: 'root',
      pushed: 'run',
      mark: 'pushed',
      tool: 'pushed',
      'in tool': 'tool',
      nested: 'pushed',
      started: 'pushed',
      after: 'run',
    });
    expect(all.filter(({ name }) => name === 'pushed').map(({ data }) => data)).toEqual([null, 'popped']);
  });

  test('nest, last in first out', () => {
    flow.scope.run('run', () => {
      const outer = flow.scope.push('outer');
      const inner = flow.scope.push('inner');
      expect(inner.parentUuid).toBe(outer.uuid);
      flow.scope.pop(inner);
      expect(flow.scope.current()).toBe(outer);
      flow.scope.pop(outer);
    });
  });

  test('outlive an await inside the same callback', async () => {
    await flow.scope.run('run', async () => {
      const pushed = flow.scope.push('pushed');
      await new Promise(setImmediate);
      expect(flow.scope.current()).toBe(pushed);
      flow.scope.pop(pushed);
    });
  });

  test('with no run around act on the branch of the process', async () => {
    const root = flow.scope.current();
    const pushed = flow.scope.push('pushed');
    try {
      await new Promise((resolve) => setImmediate(resolve));
      expect(flow.scope.current()).toBe(pushed);
      flow.scope.run('nested', ({ parentUuid }) => expect(parentUuid).toBe(pushed.uuid));
      flow.scope.isolate(() => expect(flow.scope.current()).not.toBe(pushed));
    } finally {
      flow.scope.pop(pushed);
    }
    expect(flow.scope.current()).toBe(root);
  });

  test.each([
    ['a run', (fn: () => void) => flow.scope.run('inner', fn)],
    ['an isolate', (fn: () => void) => flow.scope.isolate(fn)],
    ['the run of a started scope', (fn: () => void) => runStarted(fn)],
    ['a captured branch', (fn: () => void) => flow.scope.capture().run(fn)],
  ])('stay within the nearest callback: %s has a stack of its own', (_, enter) => {
    flow.scope.run('outer', () => {
      const pushed = flow.scope.push('pushed');
      enter(() => {
        expect(() => flow.scope.pop(pushed)).toThrow(notTop);
        flow.scope.pop(flow.scope.push('own'));
      });
      expect(flow.scope.current()).toBe(pushed);
      flow.scope.pop(pushed);
    });
  });

  test('a callback that was entered after a push starts from the pushed scope', () => {
    flow.scope.run('outer', () => {
      const pushed = flow.scope.push('pushed');
      flow.scope.run('inner', ({ parentUuid }) => expect(parentUuid).toBe(pushed.uuid));
      flow.scope.capture().run(() => expect(flow.scope.current()).toBe(pushed));
      flow.scope.pop(pushed);
    });
  });
});

describe('pop refuses, says why, and changes nothing', () => {
  test('a scope that is not the innermost pushed one', async () => {
    const events = recordEvents();
    flow.scope.run('run', () => {
      const outer = flow.scope.push('outer');
      const inner = flow.scope.push('inner');
      expect(() => flow.scope.pop(outer)).toThrow(notTop);
      expect(() => flow.scope.pop(outer)).toThrow(/'outer'.*'inner'/);
      expect({ outer: outer.ended, inner: inner.ended, current: flow.scope.current() }).toEqual({
        outer: false,
        inner: false,
        current: inner,
      });
      flow.scope.pop(inner);
      flow.scope.pop(outer);
    });
    expect(await events.all()).toHaveLength(6);
  });

  test('a scope that was popped before', () => {
    flow.scope.run('run', () => {
      const pushed = flow.scope.push('pushed');
      flow.scope.pop(pushed);
      expect(() => flow.scope.pop(pushed)).toThrow(closed);
    });
  });

  test('a scope that was started or run, not pushed', () => {
    flow.scope.run('run', (run) => {
      const started = flow.scope.start('started');
      expect(() => flow.scope.pop(started)).toThrow(notTop);
      expect(() => flow.scope.pop(run)).toThrow(notTop);
      started.end();
    });
  });

  test('something that is no scope of this process', () => {
    const wrong = expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' });
    expect(() => flow.scope.pop({} as never)).toThrow(wrong);
    expect(() => flow.scope.pop(undefined as never)).toThrow(wrong);
  });

  test('an end that is not valid: the scope stays pushed', () => {
    flow.scope.run('run', () => {
      const pushed = flow.scope.push('pushed');
      expect(() => flow.scope.pop(pushed, { time: 1 })).toThrow(
        expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }),
      );
      expect(flow.scope.current()).toBe(pushed);
      flow.scope.pop(pushed);
    });
  });

  test('a second branch of the same callback that pops out of order', async () => {
    await flow.scope.run('shared', async () => {
      const first = flow.scope.push('first');
      const second = await (async () => flow.scope.push('second'))();
      expect(() => flow.scope.pop(first)).toThrow(notTop);
      flow.scope.pop(second);
      flow.scope.pop(first);
    });
  });
});

describe('a pushed scope that is ended by hand', () => {
  test('is no longer current', () => {
    flow.scope.run('run', (run) => {
      const pushed = flow.scope.push('pushed');
      pushed.end();
      expect(flow.scope.current()).toBe(run);
      expect(() => flow.scope.pop(pushed)).toThrow(closed);
    });
  });

  test('below others lets those be popped, and is then gone', () => {
    flow.scope.run('run', (run) => {
      const outer = flow.scope.push('outer');
      const middle = flow.scope.push('middle');
      const inner = flow.scope.push('inner');
      middle.end();
      expect(flow.scope.current()).toBe(inner);
      flow.scope.pop(inner);
      expect(flow.scope.current()).toBe(outer);
      flow.scope.pop(outer);
      expect(flow.scope.current()).toBe(run);
    });
  });
});

test('a popped scope ends with its output, its own time, and metadata over that of the start', async () => {
  const events = recordEvents();
  const time = Date.now() * 1000;
  flow.scope.run('run', () => {
    const pushed = flow.scope.push('pushed', { metadata: { a: 1, b: { c: 1 } }, data: 'fallback', time });
    flow.scope.pop(pushed, { output: [1], metadata: { b: 2 }, time: time + 5 });
    flow.scope.pop(flow.scope.push('failed'), { error: new RangeError('none left') });
  });
  const [, end] = await events.named('pushed');
  expect(end).toMatchObject({ data: [1], metadata: { a: 1, b: 2, 'otel.status_code': 'OK' } });
  const [, failed] = await events.named('failed');
  expect(failed?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'error.type': 'RangeError' });
});

function runStarted(fn: () => void): void {
  const scope = flow.scope.start('started');
  scope.run(fn);
  scope.end();
}
