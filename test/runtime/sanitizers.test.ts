// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { flow } from '../../src/api/index.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import type { Registration } from '../../src/pipeline/registry.ts';
import type { LlmRequest } from '../../src/runtime/call.ts';
import { outline, type Recorder, repeated, startRecorder } from './recorder.ts';

let recorder: Recorder;
let registrations: Registration[];
beforeEach(() => {
  registrations = [];
  recorder = startRecorder();
});
afterEach(() => {
  vi.useRealTimers();
  for (const { remove } of registrations) remove();
  recorder.stop();
});

const keep = (registration: Registration): unknown => registrations.push(registration);
const request = { headers: {}, content: { prompt: 'secret' } };
const callTool = (): Promise<unknown> => flow.tool.execute({ name: 't', args: 'secret' }, () => 'secret');
const callModel = (): Promise<unknown> => flow.llm.execute({ name: 'm', request }, () => 'secret');
const fail = (): never => {
  throw new Error('sanitizer failed');
};

// oxlint-disable-next-line unicorn/no-thenable -- the point of it
const UNREADABLE: object = Object.defineProperty({}, 'then', { get: fail });

/** Every family that works on payloads, with a call that it sees. */
const payloads = [
  ['tool requests', (fn: () => unknown) => flow.tool.addSanitizeRequest('s', fn), callTool, 0],
  ['tool responses', (fn: () => unknown) => flow.tool.addSanitizeResponse('s', fn), callTool, 1],
  ['model requests', (fn: () => unknown) => flow.llm.addSanitizeRequest('s', fn), callModel, 0],
  ['model responses', (fn: () => unknown) => flow.llm.addSanitizeResponse('s', fn), callModel, 1],
] as const;

describe.each(payloads)('a sanitizer of %s', (_, add, call, at) => {
  const recorded = async (): Promise<unknown> => {
    expect(await call()).toBe('secret');
    const event = (await recorder.take())[at];
    return event?.data;
  };

  it.each([
    ['what it returns', () => ({ clean: true }), { clean: true }],
    ['what its promise resolves to', async () => ({ clean: true }), { clean: true }],
    ['nothing when it returns undefined', () => undefined, null],
    ['nothing when it returns null', () => null, null],
    ['a picture of what is no JSON', () => new Map([['clean', 1n]]), { clean: '1' }],
  ])('has %s recorded; the call is not changed', async (__, sanitize, data) => {
    keep(add(sanitize));
    expect(await recorded()).toEqual(data);
    expect(recorder.diagnostics).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['throws', fail],
    ['rejects', async () => fail()],
    ['returns what cannot be read', () => UNREADABLE],
  ])('has nothing recorded when it %s', async (__, sanitize) => {
    keep(add(sanitize));
    expect(await recorded()).toBeNull();
    expect(recorder.diagnostics).toMatchObject([{ name: 's', error: { message: 'sanitizer failed' } }]);
  });
});

describe('sanitizers of payloads', () => {
  it('run by priority, each on a copy of what the one before returned', async () => {
    keep(flow.tool.addSanitizeRequest('second', (args) => [...(args as string[]), 'second'], { priority: 2 }));
    keep(
      flow.tool.addSanitizeRequest(
        'first',
        async (args) => {
          (args as string[]).push('first');
          return args;
        },
        { priority: 1 },
      ),
    );
    const args = ['own'];
    await flow.tool.execute({ name: 't', args }, (given) => {
      expect(given).toEqual(['own']);
    });
    expect((await recorder.take())[0]?.data).toEqual(['own', 'first', 'second']);
    expect(args).toEqual(['own']);
  });

  it('that clear the payload are the last to see it', async () => {
    const later = vi.fn(() => 'back again');
    keep(flow.tool.addSanitizeRequest('clears', () => undefined, { priority: 1 }));
    keep(flow.tool.addSanitizeRequest('later', later, { priority: 2 }));
    await callTool();
    expect((await recorder.take())[0]?.data).toBeNull();
    expect(later).not.toHaveBeenCalled();
  });

  it('get the call as it is made, without its credentials', async () => {
    const seen: unknown[] = [];
    const look = (
      payload: unknown,
      {
        kind,
        name,
        model,
        request: made,
      }: { kind: string; name: string; model?: string | undefined; request: LlmRequest },
    ): unknown => {
      seen.push(kind, name, model, made.headers);
      return payload;
    };
    keep(flow.llm.addSanitizeRequest('look', look));
    keep(flow.llm.addSanitizeResponse('look', look));
    const headers = { authorization: 'Bearer canary', 'x-trace': '1' };
    await flow.llm.execute({ name: 'm', model: 'gpt', request: { headers, content: 1 } }, (made) => {
      expect(made.headers).toEqual(headers);
    });
    expect(seen).toEqual(repeated(2, ['llm', 'm', 'gpt', { 'x-trace': '1' }]).flat());
  });

  it('cannot change the call through what they see of it', async () => {
    const spoil = (payload: unknown, call: { args: unknown; request: LlmRequest | undefined }): unknown => {
      for (const value of [call.args, call.request?.content])
        if (value !== undefined) (value as { a: string }).a = 'gone';
      return payload;
    };
    keep(flow.tool.addSanitizeRequest('spoil', spoil));
    keep(flow.llm.addSanitizeRequest('spoil', spoil));
    expect(await flow.tool.execute({ name: 't', args: { a: 'real' } }, (args) => args.a)).toBe('real');
    expect(
      await flow.llm.execute({ name: 'm', request: { content: { a: 'real' } } }, (made) => made.content['a']),
    ).toBe('real');
  });

  it('are not called when nobody wants the payload', async () => {
    recorder.stop();
    const sanitize = vi.fn();
    keep(flow.tool.addSanitizeRequest('s', sanitize));
    await callTool();
    expect(sanitize).not.toHaveBeenCalled();
  });

  it('that take over 1 ms are reported, but for their first time: they held up the call', async () => {
    keep(
      flow.tool.addSanitizeRequest('slow', (args) => {
        const until = performance.now() + 3;
        while (performance.now() < until);
        return args;
      }),
    );
    await callTool();
    expect(recorder.slow).toEqual([]);
    await callTool();
    await recorder.take();
    expect(recorder.slow).toMatchObject([
      { source: 'tool.sanitize_request', name: 'slow', error: { message: expect.stringMatching(/^slow: .* ms$/) } },
    ]);
  });
});

type Sanitize = (event: AtofEvent) => unknown;
const events = [
  ['marks', (fn: Sanitize) => flow.event.addSanitizeMark('s', fn as never), 1],
  ['scope starts', (fn: Sanitize) => flow.event.addSanitizeScopeStart('s', fn as never), 0],
  ['scope ends', (fn: Sanitize) => flow.event.addSanitizeScopeEnd('s', fn as never), 2],
] as const;

describe.each(events)('a sanitizer of %s', (_, add, at) => {
  const all = async (): Promise<readonly AtofEvent[]> => {
    const options = {
      type: 'custom',
      subtype: 'secret type',
      input: 'secret',
      data: 'secret',
      metadata: { own: 'secret' },
    } as const;
    flow.scope.run('s', options, (scope) =>
      scope.mark('m', {
        data: 'secret',
        metadata: { own: 'secret' },
        category: 'custom',
        profile: { subtype: 'secret type', own: 'secret' },
      }),
    );
    return recorder.take();
  };
  const sanitized = async (): Promise<AtofEvent> => {
    const stream = await all();
    // The others are as they were.
    expect(stream.filter((__, index) => index !== at).map(({ data }) => data)).toEqual(['secret', 'secret']);
    return stream[at] as AtofEvent;
  };

  it('replaces data, profile and metadata together; identity and subtype stay', async () => {
    const fields = { data: { clean: 1 }, category_profile: { clean: 2 }, metadata: { clean: 3 } };
    keep(add(() => fields));
    const { data, category_profile: profile, metadata, uuid, name } = await sanitized();
    expect({ data, profile, metadata }).toEqual({
      data: { clean: 1 },
      profile: { clean: 2, subtype: 'secret type' },
      metadata: { clean: 3, root_uuid: flow.scope.current().rootUuid },
    });
    expect([typeof uuid, name.length]).toEqual(['string', 1]);
  });

  it.each<[string, Sanitize]>([
    ['leaves out', () => ({})],
    ['returns nothing', () => undefined],
    ['returns no object', () => 'text'],
    ['gives garbage for', () => ({ data: undefined, category_profile: 'x', metadata: [1] })],
  ])('clears what it %s', async (__, sanitize) => {
    keep(add(sanitize));
    expect(JSON.stringify(await sanitized()).replace('secret type', '')).not.toContain('secret');
  });

  it.each<[string, Sanitize]>([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('has the fields cleared when it %s, and the event is published', async (__, sanitize) => {
    keep(add(sanitize));
    const event = await sanitized();
    expect(event).toMatchObject({ data: null, category_profile: { subtype: 'secret type' } });
    expect(Object.keys(event.metadata ?? {})).toEqual(['root_uuid']);
    expect(recorder.diagnostics).toMatchObject([{ name: 's', error: { message: 'sanitizer failed' } }]);
  });

  it('may change the event that it is given, which is a copy, and return it', async () => {
    keep(
      add((event) => {
        const own = event as { data: unknown; metadata: { own?: string } };
        own.data = { clean: true };
        delete own.metadata.own;
        return { ...event };
      }),
    );
    const { data, metadata } = await sanitized();
    expect({ data, metadata }).toMatchObject({ data: { clean: true } });
    expect(metadata).not.toHaveProperty('own');
  });

  it('may change the copy without returning it: then it clears, and what others see is never half changed', async () => {
    keep(add((event) => void delete (event as { metadata: { own?: string } }).metadata.own));
    expect(Object.keys((await sanitized()).metadata ?? {})).toEqual(['root_uuid']);
  });

  it('may print the event to look for secrets in it, and nothing of that reaches anybody', async () => {
    keep(add((event) => (JSON.stringify(event).includes('secret') ? { data: 'clean' } : event)));
    expect(JSON.stringify(await sanitized()).replace('secret type', '')).not.toContain('secret');
  });

  it('gets what the one before it made of the event', async () => {
    keep(add(async () => ({ data: 'first', metadata: { first: true } })));
    const second: unknown[] = [];
    keep(
      flow.event[(['addSanitizeScopeStart', 'addSanitizeMark', 'addSanitizeScopeEnd'] as const)[at]]('t', (event) => {
        second.push(event.data, event.metadata?.['first']);
        return { data: 'second' };
      }),
    );
    expect((await sanitized()).data).toBe('second');
    expect(second).toEqual(['first', true]);
  });
});

it('the order is: payload sanitizers, metadata, event sanitizers', async () => {
  const order: string[] = [];
  keep(
    flow.event.addSanitizeScopeStart('e', ({ data, metadata }) => {
      order.push(`event ${String(data)} ${String(metadata?.['m'])}`);
      return { data: 'e', metadata };
    }),
  );
  keep(
    flow.event.addMetadata('m', ({ data }) => {
      order.push(`metadata ${String(data)}`);
      return { m: 1 };
    }),
  );
  keep(
    flow.tool.addSanitizeRequest('p', (args) => {
      order.push(`payload ${String(args)}`);
      return 'p';
    }),
  );
  await flow.tool.execute({ name: 't', args: 'own' }, () => undefined);
  await recorder.take();
  expect(order.slice(0, 3)).toEqual(['payload own', 'metadata p', 'event p 1']);
});

describe('an event waits for its sanitizers', () => {
  it('for at most 1 s from its emission; then its fields go out cleared', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const slow = Promise.withResolvers<never>();
    keep(flow.event.addSanitizeMark('slow', () => slow.promise));
    flow.scope.mark('m', { data: 'secret', metadata: { own: 'secret' } });
    const take = recorder.take(10_000);
    vi.advanceTimersByTime(999);
    await Promise.resolve();
    expect(recorder.diagnostics).toEqual([]);
    vi.advanceTimersByTime(1);
    const [mark] = await take;
    expect(mark).toMatchObject({ data: null, category_profile: null, metadata: { root_uuid: expect.any(String) } });
    expect(JSON.stringify(mark)).not.toContain('secret');
    expect(recorder.diagnostics).toMatchObject([
      { source: 'sanitizer', name: 'm', error: { message: expect.stringContaining('1000 ms') } },
    ]);
  });

  it('and what they bring later changes nothing any more', async () => {
    const slow = Promise.withResolvers<unknown>();
    const later = vi.fn(() => ({ data: 'late' }));
    keep(flow.tool.addSanitizeRequest('slow', () => slow.promise));
    keep(flow.event.addMetadata('later', later));
    keep(flow.event.addSanitizeScopeStart('later', later));
    const seen: AtofEvent[] = [];
    keep(flow.addSubscriber('one', (event) => void seen.push(event)));
    await flow.tool.execute({ name: 't', args: 'secret' }, () => undefined);
    flow.flushSync();
    const calls = later.mock.calls.length;
    slow.resolve('late');
    await flow.flush();
    expect(later.mock.calls.length).toBe(calls);
    const [start] = await recorder.take();
    expect(JSON.stringify([start, seen[0]])).not.toContain('late');
    expect(start?.data).toBeNull();
  });

  it('and late fields of an event sanitizer change nothing either, nor is the next one asked', async () => {
    const slow = Promise.withResolvers<object>();
    const next = vi.fn(() => ({ data: 'late' }));
    keep(flow.event.addSanitizeMark('1 slow', () => slow.promise));
    keep(flow.event.addSanitizeMark('2 next', next));
    flow.scope.mark('m', { data: 'secret' });
    flow.flushSync();
    slow.resolve({ data: 'late' });
    await flow.flush();
    const [mark] = await recorder.take();
    expect(mark?.data).toBeNull();
    expect(next).not.toHaveBeenCalled();
  });

  it('and a payload that comes late is not shown to sanitizers of the event', async () => {
    const slow = Promise.withResolvers<string>();
    const next = vi.fn(() => ({ data: 'late' }));
    keep(flow.tool.addSanitizeRequest('slow', () => slow.promise));
    keep(flow.event.addSanitizeScopeStart('next', next));
    await callTool();
    flow.flushSync();
    slow.resolve('late');
    await flow.flush();
    expect(next).not.toHaveBeenCalled();
    expect((await recorder.take())[0]?.data).toBeNull();
  });

  it('and never makes the call wait', async () => {
    const slow = Promise.withResolvers<string>();
    keep(flow.tool.addSanitizeRequest('slow', () => slow.promise));
    keep(flow.tool.addSanitizeResponse('slow', () => slow.promise));
    expect(await callTool()).toBe('secret');
    slow.resolve('clean');
    expect((await recorder.take()).map(({ data }) => data)).toEqual(['clean', 'clean']);
  });

  it('while later events keep their place behind it', async () => {
    const slow = Promise.withResolvers<string>();
    keep(flow.tool.addSanitizeRequest('slow', () => slow.promise));
    const call = callTool();
    flow.scope.mark('meanwhile');
    await call;
    slow.resolve('clean');
    expect(outline(await recorder.take())).toEqual(['start t', 'mark meanwhile', 'end t']);
  });
});

describe('metadata injectors', () => {
  const metadataWith = async (added: unknown): Promise<object> => {
    keep(flow.event.addMetadata('m', () => added as never, { replace: true }));
    flow.scope.mark('m', { metadata: { own: 'mine' } });
    const { metadata } = (await recorder.take())[0] as AtofEvent;
    return metadata as object;
  };

  it('add scalars and lists of one kind of scalar under dotted names', async () => {
    const added = { text: 'a', 'x.number': 1, 'x.y-z.flag': false, list: ['a', 'b'] };
    expect(await metadataWith(added)).toEqual({ own: 'mine', root_uuid: flow.scope.current().rootUuid, ...added });
  });

  it('never replace what is there', async () => {
    expect(await metadataWith({ own: 'theirs', root_uuid: 'theirs', fresh: 1 })).toEqual({
      own: 'mine',
      root_uuid: flow.scope.current().rootUuid,
      fresh: 1,
    });
    expect(recorder.diagnostics).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['an object', { bad: { a: 1 } }],
    ['a mixed list', { bad: ['a', 1] }],
    ['a list of lists', { bad: [['a']] }],
    ['NaN', { bad: Number.NaN }],
    ['null', { bad: null }],
    ['a key with a space', { 'bad key': 1 }],
  ])('have %s left out, and reported', async (_, bad) => {
    expect(await metadataWith({ good: 1, ...(bad as object) })).toEqual({
      own: 'mine',
      good: 1,
      root_uuid: flow.scope.current().rootUuid,
    });
    expect(recorder.diagnostics).toMatchObject([{ source: 'event.metadata', name: 'm', error: expect.any(TypeError) }]);
  });

  it.each<[string, () => unknown]>([
    ['throw', fail],
    ['reject', async () => fail()],
    ['return a list', () => [1]],
    ['return text', () => 'text'],
  ])('that %s add nothing; the event keeps the rest', async (_, inject) => {
    keep(flow.event.addMetadata('bad', inject as never));
    expect(await metadataWith({ good: 1 })).toMatchObject({ own: 'mine', good: 1 });
    expect(recorder.diagnostics).toMatchObject([{ source: 'event.metadata', name: 'bad' }]);
  });

  it('may return nothing, or a promise', async () => {
    keep(flow.event.addMetadata('nothing', () => undefined));
    expect(await metadataWith(Promise.resolve({ good: 1 }))).toMatchObject({ good: 1 });
    expect(recorder.diagnostics).toEqual([]);
  });

  it('add to every kind of event, and later changes of what they returned do not show', async () => {
    const tags = ['a'];
    keep(flow.event.addMetadata('m', () => ({ tags })));
    flow.scope.run('s', () => flow.scope.mark('m'));
    tags.push('b');
    expect((await recorder.take()).map(({ metadata }) => metadata?.['tags'])).toEqual([['a'], ['a'], ['a']]);
  });
});

describe('headers that carry credentials are never observed', () => {
  const names = [
    'Authorization authorization Proxy-Authorization X-Authorization cf-aig-authorization Cookie Set-Cookie',
    'api-key apikey X-Api-Key x-goog-api-key Ocp-Apim-Subscription-Key x-portkey-api-key helicone-auth x_api_key',
    'x-auth-token X-Access-Token x-session-token private-token x-amz-security-token x-csrf-token token',
    'x-secret-key x-client-secret x-amz-credential x-amz-signature x-password x-litellm-key x-jwt x-pat x-sig x-bearer',
    'x-goog-iap-jwt-assertion x-hub-signature-256 x-user-password-hash x-my-cred x-functions-key x-pass x-token-1',
  ].flatMap((list) => list.split(' '));

  it('nor what remote tools are to log in with', async () => {
    const tool = {
      type: 'mcp',
      server_label: 'm',
      server_url: 'https://u:canary@host/mcp?key=canary',
      authorization: 'canary',
      headers: { Authorization: 'Bearer canary' },
    };
    const local = { type: 'function', name: 'f', parameters: {} };
    const content = { model: 'm', input: 'x', tools: [tool, { type: 'mcp', server_url: 'canary' }, local] };
    await flow.llm.execute({ name: 'm', request: { content } }, (made) => {
      expect(made.content).toEqual(content);
      return { id: 'r', object: 'response', output: [], tools: [tool] };
    });
    const stream = await recorder.take();
    expect(JSON.stringify(stream)).not.toContain('canary');
    expect(stream[0]?.data).toMatchObject({
      content: { tools: [{ server_label: 'm', server_url: 'https://host/mcp' }, { type: 'mcp' }, local] },
    });
  });

  it.each(names)('%s', async (name) => {
    const headers = {
      [name]: 'canary',
      'content-type': 'application/json',
      'x-stainless-lang': 'js',
      'openai-organization': 'org',
    };
    await flow.llm.execute({ name: 'm', request: { headers, content: 1 } }, (made) => {
      expect(made.headers).toEqual(headers);
    });
    const stream = await recorder.take();
    expect(JSON.stringify(stream)).not.toContain('canary');
    expect(stream[0]?.data).toMatchObject({
      headers: { 'content-type': 'application/json', 'x-stainless-lang': 'js', 'openai-organization': 'org' },
    });
  });

  it('whatever their name, when the value is a bearer token or basic credentials', async () => {
    const odd = { 'x-list': ['Bearer canary'], 'x-object': Object.create(null) as object } as never as Record<
      string,
      string
    >;
    const headers = {
      'x-own': 'Bearer canary',
      'x-other': 'basic canary',
      removed: null,
      kept: 'basically fine',
      ...odd,
    };
    await flow.llm.execute({ name: 'm', request: { headers, content: 1 } }, () => 1);
    expect((await recorder.take())[0]?.data).toMatchObject({
      headers: { 'x-object': {}, removed: null, kept: 'basically fine' },
    });
  });

  it('also when an intercept adds them', async () => {
    keep(flow.llm.addRequestIntercept('auth', () => ({ headers: { authorization: 'Bearer canary' } })));
    await callModel();
    expect(JSON.stringify(await recorder.take())).not.toContain('canary');
  });
});

describe('what a scope registered', () => {
  it('still cleans its events when it has ended before they go out', async () => {
    const slow = Promise.withResolvers<void>();
    flow.scope.run('s', (scope) => {
      scope.event.addSanitizeMark('clean', async () => {
        await slow.promise;
        return { data: 'clean' };
      });
      flow.scope.mark('m', { data: 'secret' });
    });
    slow.resolve();
    const mark = (await recorder.take()).find(({ kind }) => kind === 'mark');
    expect(mark?.data).toBe('clean');
  });
});

it('what stands in for the result of a call that failed, or that had none, is sanitized as a response', async () => {
  keep(flow.tool.addSanitizeResponse('s', () => 'clean'));
  await flow.tool.execute({ name: 't', args: 1, data: 'secret' }, fail).catch(() => undefined);
  await flow.tool.execute({ name: 't', args: 1, data: 'secret' }, () => null);
  const events = await recorder.take();
  expect(events.map(({ data }) => data)).toEqual([1, 'clean', 1, 'clean']);
});
