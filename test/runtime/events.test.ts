// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { toMicros } from '../../src/atof/clock.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import { outline, type Recorder, repeated, startRecorder } from './recorder.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => recorder.stop());

describe('the events of a scope', () => {
  it('have all the fields of ATOF 0.1, those without a value as null', async () => {
    const scope = flow.scope.start('plan', {
      type: 'agent',
      attributes: ['stateful', 'parallel', 'stateful'],
      input: { q: 1 },
    });
    scope.end({ output: 'done', metadata: { cost: 2 } });
    const [start, end] = await recorder.take();
    expect(start).toEqual({
      kind: 'scope',
      scope_category: 'start',
      atof_version: '0.1',
      uuid: scope.uuid,
      parent_uuid: scope.rootUuid,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      name: 'plan',
      attributes: ['parallel', 'stateful'],
      category: 'agent',
      category_profile: null,
      data: { q: 1 },
      data_schema: null,
      metadata: { root_uuid: scope.rootUuid },
    });
    expect(end).toEqual({
      ...start,
      scope_category: 'end',
      timestamp: expect.any(String),
      data: 'done',
      metadata: { root_uuid: scope.rootUuid, cost: 2, 'otel.status_code': 'OK' },
    });
  });

  it('have version 7 UUIDs: one for both halves, one for each mark', async () => {
    flow.scope.run('outer', (outer) => {
      outer.mark('one');
      flow.scope.run('inner', () => flow.scope.mark('two'));
    });
    const events = await recorder.take();
    expect(events.filter(({ uuid }) => !VERSION_7.test(uuid))).toEqual([]);
    expect(new Set(events.map(({ uuid }) => uuid)).size).toBe(4);
  });

  it('name the nearest enclosing scope as their parent', async () => {
    flow.scope.run('outer', () => flow.scope.run('inner', () => flow.scope.mark('here')));
    const [outer, inner, mark] = await recorder.take();
    expect([inner?.parent_uuid, mark?.parent_uuid]).toEqual([outer?.uuid, inner?.uuid]);
  });

  it('carry the subtype of custom scopes, which are not valid without one', async () => {
    flow.scope.run('named', { type: 'custom', subtype: 'planner' }, () => undefined);
    flow.scope.run('unnamed', { type: 'custom' }, () => undefined);
    const profiles = (await recorder.take()).map((event) => event.category_profile);
    expect(profiles).toEqual([
      { subtype: 'planner' },
      { subtype: 'planner' },
      { subtype: 'custom' },
      { subtype: 'custom' },
    ]);
  });

  it.each(['', 1, null])('need a subtype that is a string with something in it, not %j', (subtype) => {
    expect(() => flow.scope.start('s', { type: 'custom', subtype: subtype as never })).toThrow(
      expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }),
    );
  });

  it('record `data` where there is no output', async () => {
    flow.scope.run('with data', { data: { kept: 1 } }, () => 'the return value is no output');
    flow.scope.start('with both', { data: 1 }).end({ output: 2 });
    const ends = (await recorder.take()).filter((event) => event.kind === 'scope' && event.scope_category === 'end');
    expect(ends.map(({ data }) => data)).toEqual([{ kept: 1 }, 2]);
  });
});

describe('the events of a call', () => {
  it('carry the arguments and the result of a tool, its call id and its annotation', async () => {
    await flow.tool.execute({ name: 'find', id: 'call_1', args: { q: 'x' }, metadata: { own: true } }, (args, call) => {
      call.annotate({ rows: 1 });
      return [args.q];
    });
    const [start, end] = await recorder.take();
    expect(start).toMatchObject({
      name: 'find',
      category: 'tool',
      data: { q: 'x' },
      category_profile: { tool_call_id: 'call_1' },
      metadata: { own: true },
    });
    expect(end).toMatchObject({
      data: ['x'],
      category_profile: { tool_call_id: 'call_1', tool_result_annotation: { rows: 1 } },
      metadata: { own: true, 'otel.status_code': 'OK' },
    });
  });

  it('carry the whole request of a model and the model that answered', async () => {
    const content = { model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] };
    const answer = {
      id: 'r',
      object: 'chat.completion',
      model: 'gpt-5-2026',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'ho' } }],
    };
    await flow.llm.execute({ name: 'openai', request: { headers: { 'x-trace': '1' }, content } }, () => answer);
    const [start, end] = await recorder.take();
    expect(start).toMatchObject({
      category: 'llm',
      data: { headers: { 'x-trace': '1' }, content },
      data_schema: { name: 'openai/chat-completions', version: '1' },
      category_profile: { model_name: 'gpt-5' },
    });
    expect(end).toMatchObject({ data: answer, category_profile: { model_name: 'gpt-5-2026' } });
  });

  it('say how it failed: class, code and message', async () => {
    const error = Object.assign(new RangeError('too far'), { code: 'E_RANGE' });
    await expect(
      flow.tool.execute({ name: 'far', args: null, data: 'given' }, () => Promise.reject(error)),
    ).rejects.toBe(error);
    const [, end] = await recorder.take();
    expect(end).toMatchObject({
      data: 'given',
      metadata: {
        'otel.status_code': 'ERROR',
        'otel.status_description': 'too far',
        'error.type': 'E_RANGE',
        'exception.type': 'RangeError',
      },
    });
  });

  it.each<[string, unknown, object]>([
    ['a string', 'just text', { 'otel.status_description': 'just text', 'error.type': '_OTHER' }],
    ['nothing', undefined, { 'otel.status_description': 'undefined', 'error.type': '_OTHER' }],
    ['an object without a prototype', Object.create(null), { 'error.type': '_OTHER' }],
    ['an error whose getters throw', throwingError(), { 'error.type': 'TypeError' }],
    ['an error without a name', Object.assign(new RangeError('r'), { name: '' }), { 'error.type': 'RangeError' }],
    [
      'an error without a class',
      Object.assign(new Error('e'), { name: '', constructor: undefined }),
      { 'error.type': 'Error', 'exception.type': 'Error' },
    ],
    [
      'an error whose class has no name',
      Object.assign(new Error('e'), { constructor: { name: '' } }),
      { 'error.type': 'Error', 'otel.status_description': 'e' },
    ],
    ['an abort', new DOMException('stop', 'AbortError'), { 'error.type': 'AbortError', cancelled: true }],
  ])('are emitted when the callback throws %s', async (_, thrown, metadata) => {
    await expect(flow.tool.execute({ name: 't', args: 1 }, () => Promise.reject(thrown))).rejects.toBe(thrown);
    const [, end] = await recorder.take();
    expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', ...metadata });
  });
});

describe('the times of events', () => {
  it('are strictly increasing in order of emission, an end always later than its start', async () => {
    for (let i = 0; i < 200; i++) flow.scope.run('s', () => flow.scope.mark('m'));
    await Promise.all(Array.from({ length: 50 }, (_, i) => flow.tool.execute({ name: 't', args: i }, async () => i)));
    const times = (await recorder.take()).map(({ timestamp }) => toMicros(timestamp));
    expect(times).toHaveLength(700);
    expect(times.filter((time, index) => index > 0 && time <= (times[index - 1] as number))).toEqual([]);
  });

  it('can be given in microseconds', async () => {
    const time = 1_795_210_000_000_000;
    const scope = flow.scope.start('past', { time });
    scope.mark('seen', { time: time + 1 });
    scope.end({ time: time + 2 });
    expect((await recorder.take()).map(({ timestamp }) => toMicros(timestamp))).toEqual([time, time + 1, time + 2]);
  });

  it('of an end are later than a start that was given in the future', async () => {
    const time = (Date.now() + 3_600_000) * 1000;
    flow.scope.run('future', { time }, () => undefined);
    expect((await recorder.take()).map(({ timestamp }) => toMicros(timestamp))).toEqual([time, time + 1]);
  });

  it.each([0.5, -1, '1', Number.NaN])('must be whole microseconds, not %s', (time) => {
    expect(() => flow.scope.start('s', { time: time as number })).toThrow(
      expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }),
    );
  });

  it('refuse an end that is not later than the start, and leave the scope open', async () => {
    const time = 1_795_210_000_000_000;
    const scope = flow.scope.start('s', { time });
    expect(() => scope.end({ time })).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }));
    scope.end();
    expect(outline(await recorder.take())).toEqual(['start s', 'end s']);
  });
});

describe('an event is a snapshot at its emission', () => {
  it('whatever the application does with the values it gave', async () => {
    const given = { list: [1], deep: { a: 1 } };
    const metadata = { tags: ['one'], deep: { a: 1 } };
    const attributes = ['stateful'];
    const profile = { subtype: 'one', deep: { a: 1 } };
    const dataSchema = { name: 'schema', version: '1' };
    const scope = flow.scope.start('s', { input: given, metadata, attributes });
    scope.mark('m', { data: given, metadata, profile, dataSchema, category: 'custom' });
    given.list.push(2);
    given.deep.a = metadata.deep.a = profile.deep.a = 2;
    metadata.tags.push('two');
    attributes.push('parallel');
    dataSchema.version = '2';
    scope.end({ output: given });
    const [start, mark, end] = await recorder.take();
    expect([start?.data, mark?.data, end?.data]).toEqual([
      { list: [1], deep: { a: 1 } },
      { list: [1], deep: { a: 1 } },
      { list: [1, 2], deep: { a: 2 } },
    ]);
    expect([start, mark, end].map((event) => event?.metadata)).toMatchObject(
      repeated(3, { tags: ['one'], deep: { a: 1 } }),
    );
    expect(end).toMatchObject({ attributes: ['stateful'] });
    expect(mark).toMatchObject({
      category_profile: { subtype: 'one', deep: { a: 1 } },
      data_schema: { name: 'schema', version: '1' },
    });
  });

  it('also of arguments that the tool itself changes', async () => {
    await flow.tool.execute({ name: 't', args: { list: [1] } }, ({ list }) => list.splice(0));
    expect((await recorder.take()).map(({ data }) => data)).toEqual([{ list: [1] }, [1]]);
  });

  it('of anything at all: what is no JSON is described', async () => {
    const circular: Record<string, unknown> = {
      big: 1n,
      at: new Date(0),
      error: new TypeError('e'),
      map: new Map([['k', new Set([1])]]),
    };
    circular['self'] = circular;
    Object.defineProperty(circular, 'boom', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    await flow.tool.execute({ name: 't', args: circular, metadata: circular }, () => circular);
    flow.scope.mark('m', { data: circular, profile: circular as never, category: 'custom' });
    const described = {
      big: '1',
      at: '1970-01-01T00:00:00.000Z',
      error: { name: 'TypeError' },
      map: { k: [1] },
      boom: '[Throws: no]',
      self: '[Circular]',
    };
    const [start, end, mark] = await recorder.take();
    expect([start?.data, end?.data, mark?.data, mark?.category_profile]).toMatchObject(repeated(4, described));
    expect(start?.metadata).toMatchObject({ big: '1', error: { message: 'e' } });
  });

  it('of metadata with the key __proto__, which stays a key and pollutes nothing', async () => {
    const metadata = JSON.parse('{"__proto__":{"polluted":1}}') as object;
    flow.scope.run('s', { metadata: metadata as never, input: metadata }, () => undefined);
    const [start] = await recorder.take();
    expect(JSON.stringify(start)).toContain('"data":{"__proto__":{"polluted":1}}');
    expect(Object.keys(start?.metadata ?? {})).toContain('__proto__');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('with the payload whole, also one of 10 MB', async () => {
    const text = 'é\u2028"'.repeat(2_500_000);
    await flow.tool.execute({ name: 't', args: { text } }, ({ text: given }) => given);
    const [start, end] = await recorder.take();
    expect((start?.data as { text: string } | undefined)?.text === text).toBe(true);
    expect(end?.data === text).toBe(true);
  });
});

describe('a mark', () => {
  it('carries its data, schema, severity and category', async () => {
    flow.scope.mark('m', {
      data: [1],
      dataSchema: { name: 'n', version: '1' },
      severity: 'warn',
      category: 'custom',
      profile: { subtype: 's' },
    });
    expect(await recorder.take()).toMatchObject([
      {
        kind: 'mark',
        data: [1],
        data_schema: { name: 'n', version: '1' },
        category: 'custom',
        category_profile: { subtype: 's' },
        metadata: { 'flow.log.severity': 'warn' },
      },
    ]);
  });

  it('has no metadata where that is an object without members as JSON', async () => {
    flow.scope.mark('m', { metadata: new URL('https://host/path') as never });
    const [mark] = await recorder.take();
    expect(Object.keys(mark?.metadata ?? {})).toEqual(['root_uuid']);
  });

  it('under the root belongs to the stack', async () => {
    flow.scope.mark('m');
    const [mark] = await recorder.take();
    const { rootUuid } = flow.scope.current();
    expect(mark).toMatchObject({ parent_uuid: rootUuid, metadata: { root_uuid: rootUuid } });
  });

  it('under a scope that has ended is emitted nevertheless', async () => {
    const scope = flow.scope.start('s');
    scope.end();
    scope.mark('late');
    const events = await recorder.take();
    expect(outline(events)).toEqual(['start s', 'end s', 'mark late']);
    expect(events[2]?.parent_uuid).toBe(scope.uuid);
  });

  it.each<[string, object]>([
    ['a severity that does not exist', { severity: 'loud' }],
    ['metadata that is no object', { metadata: 'x' }],
    ['a profile that is no object', { profile: 'x' }],
    ['a schema without a version', { dataSchema: { name: 'n' } }],
    ['a schema that is nothing', { dataSchema: null }],
    ['a category that is no string', { category: 1 }],
    ['options that are null', null as never],
    ['options that are a text', 'warning' as never],
  ])('is refused with %s', (_, options) => {
    expect(() => flow.scope.mark('m', options)).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }));
  });
});

it('nothing is built when nobody listens', async () => {
  recorder.stop();
  let read = 0;
  const args = Object.defineProperty({}, 'x', { enumerable: true, get: () => ++read });
  await flow.tool.execute({ name: 't', args }, () => args);
  flow.scope.run('s', { input: args }, (scope) => scope.mark('m', { data: args }));
  expect(read).toBe(0);
});

it('a stream of events tells who did what to whoever reads it back', async () => {
  await flow.scope.run('agent', { type: 'agent', metadata: { session_id: 's1' } }, async () => {
    await flow.llm.execute({ name: 'own', request: { content: { prompt: 'p' } } }, () => ({ text: 'a' }));
    await flow.tool.execute({ name: 'find', args: {} }, () => flow.scope.mark('progress', { data: { percent: 50 } }));
  });
  const events: readonly AtofEvent[] = await recorder.take();
  expect(outline(events)).toEqual([
    'start agent',
    'start own',
    'end own',
    'start find',
    'mark progress',
    'end find',
    'end agent',
  ]);
});

function throwingError(): Error {
  const boom = {
    get: () => {
      throw new Error('no');
    },
  };
  return Object.defineProperties(new TypeError('t'), { message: boom, code: boom, stack: boom });
}
