// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AtofEvent, type Registration, flow } from '../../src/api/index.ts';
import { runTool } from '../../src/instrument/managed-tool.ts';
import { failedResult, failureOf } from '../../src/instrument/mcp-result.ts';

type Args = { readonly [key: string]: unknown };

const events: AtofEvent[] = [];
const asked: [name: string, args: unknown][] = [];
const registered: Registration[] = [];
beforeEach(() => {
  registered.push(flow.addSubscriber('events', (event) => void events.push(event)));
});
afterEach(async () => {
  await flow.flush();
  for (const each of registered.splice(0)) each.remove();
  events.splice(0);
  asked.splice(0);
});
const ask = (refuse?: string): void => {
  const look = ({ name, args }: { readonly name: string; readonly args: unknown }): string | undefined => {
    asked.push([name, args]);
    return name === refuse ? 'not today' : undefined;
  };
  registered.push(flow.tool.addConditionalExecution('ask', look));
};

const city = { city: 'Oslo' };
const sunny = { content: [{ type: 'text', text: 'sunny' }] };
/** What a framework makes of a tool, and what a client of a protocol makes of a call. */
const framework = (name: string, run: (args: Args) => unknown, args: Args = { ...city }): Promise<unknown> =>
  runTool<unknown>({ by: 'framework', name, args }, run);
const overProtocol = (name: string, args: Args = city, answer: (given: Args) => unknown = () => sunny): unknown =>
  runTool<unknown>({ by: 'mcp', name, args, failed: failureOf, prefixable: true }, answer);

/** The names of the tool calls that were recorded, each with those of the calls around it. */
async function recorded(): Promise<readonly string[]> {
  await flow.flush();
  const names = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== 'scope' || event.scope_category !== 'start' || event.category !== 'tool') continue;
    const around = names.get(event.parent_uuid ?? '');
    names.set(event.uuid, around === undefined ? event.name : `${around} > ${event.name}`);
  }
  return [...names.values()];
}
const outcomes = (): readonly unknown[] =>
  events
    .filter((event) => event.kind === 'scope' && event.scope_category === 'end' && event.category === 'tool')
    .map(({ name, metadata }) => [name, metadata?.['otel.status_code']]);

describe("a tool of a server with a framework's prefix", () => {
  it('is recorded on its own where the framework has ended its call while policy was asked', async () => {
    const gate = Promise.withResolvers<undefined>();
    const look = ({ name }: { readonly name: string }) => (name === 'get' ? gate.promise : undefined);
    registered.push(flow.tool.addConditionalExecution('slow', look));
    let inner: unknown;
    await framework('weather__get', (args) => {
      inner = overProtocol('get', args);
      return 'gave up';
    });
    gate.resolve(undefined);
    expect(await inner).toBe(sunny);
    expect(await recorded()).toEqual(['weather__get', 'weather__get > get']);
  });

  it('is recorded once, and policy is asked about both names', async () => {
    ask();
    expect(await framework('weather__get', (args) => overProtocol('get', args))).toBe(sunny);
    expect(await recorded()).toEqual(['weather__get']);
    expect(asked).toEqual([
      ['weather__get', city],
      ['get', city],
    ]);
  });

  it.each(['weather__delete', 'delete'])('does not run where policy rejects %s', async (refused) => {
    ask(refused);
    let ran = 0;
    const call = framework('weather__delete', (args) => overProtocol('delete', args, () => ran++));
    await expect(call).rejects.toMatchObject({ code: 'FLOW_GUARDRAIL_REJECTED', reason: 'not today' });
    expect(ran).toBe(0);
  });

  it('has guardrails and intercepts under both names, which see one call by its uuid', async () => {
    const seen: [string, string][] = [];
    const note = ({ name, uuid }: { readonly name: string; readonly uuid: string }, next: () => unknown): unknown => {
      seen.push([name, uuid]);
      return next();
    };
    registered.push(
      flow.tool.addConditionalExecution('see', ({ name, uuid }) => void seen.push([name, uuid])),
      flow.tool.addExecutionIntercept('note', note),
    );
    const mark = flow.tool.addExecutionIntercept('mark', (call, next) => {
      if (call.name === 'get') call.mark('asked the server');
      return next();
    });
    registered.push(mark);
    await framework('weather__get', (args) => overProtocol('get', args));
    expect(await recorded()).toEqual(['weather__get']);
    // A guardrail that is slow has a scope before it.
    const { uuid } = events.find(({ name }) => name === 'weather__get') as AtofEvent;
    expect(seen).toEqual([
      ['weather__get', uuid],
      ['weather__get', uuid],
      ['get', uuid],
      ['get', uuid],
    ]);
    expect(events.filter(({ kind }) => kind === 'mark').map(({ parent_uuid: parent }) => parent)).toEqual([uuid]);
  });

  it('has each further request of an intercept beneath it', async () => {
    const twice = async ({ name }: { readonly name: string }, next: () => Promise<unknown>): Promise<unknown> => {
      if (name === 'get') await next();
      return next();
    };
    registered.push(flow.tool.addExecutionIntercept('twice', twice));
    await framework('weather__get', (args) => overProtocol('get', args));
    expect(await recorded()).toEqual(['weather__get', 'weather__get > get']);
  });

  it('is a call of its own where an intercept sends other arguments under its name', async () => {
    const move = ({ name }: { readonly name: string }): unknown => (name === 'get' ? { city: 'Rome' } : undefined);
    registered.push(flow.tool.addRequestIntercept('move', move));
    let sent: unknown;
    await framework('weather__get', (args) => overProtocol('get', args, (given) => (sent = given)));
    expect(sent).toEqual({ city: 'Rome' });
    expect(await recorded()).toEqual(['weather__get', 'weather__get > get']);
  });

  it('fails with what the server says, and may be tried again', async () => {
    const answers = [failedResult('busy'), sunny];
    await framework('weather__get', async (args) => {
      await overProtocol('get', args, () => answers.shift());
      return overProtocol('get', args, () => answers.shift());
    });
    await framework('weather__get', async (args) => {
      await Promise.resolve(overProtocol('get', args, () => Promise.reject(new Error('gone')))).catch(() => undefined);
      return JSON.stringify(await overProtocol('get', args, () => failedResult('busy')));
    });
    expect(await recorded()).toEqual(['weather__get', 'weather__get']);
    expect(outcomes()).toEqual([
      ['weather__get', 'OK'],
      ['weather__get', 'ERROR'],
    ]);
  });
});

describe('what looks like that and is not', () => {
  const all = ['outer', 'outer > get'];
  const named = (name: string): readonly string[] => all.map((each) => each.replace('outer', name));

  it.each([
    ['other arguments', 'a__get', { city: 'Rome' }],
    ['more arguments', 'a__get', { ...city, unit: 'C' }],
    ['fewer arguments', 'a__get', {}],
    ['another name', 'cleanup', city],
    ['the end of a word', 'forget', city],
  ])('%s: both are calls, and policy is asked about each', async (_, name, args) => {
    ask();
    await framework(name, () => overProtocol('get', args));
    expect(await recorded()).toEqual(named(name));
    expect(asked).toEqual([
      [name, city],
      ['get', args],
    ]);
  });

  it.each(['a__get', 'get'])('other arguments in the tool %s, where nobody is asked', async (name) => {
    await framework(name, () => overProtocol('get', { city: 'Rome' }));
    expect(await recorded()).toEqual(named(name));
  });

  it.each(['a__get', 'get'])('arguments that the tool %s has changed in place', async (name) => {
    ask();
    await framework(name, (args) => overProtocol('get', Object.assign(args, { city: 'Rome' })));
    expect(asked.map(([each]) => each)).toEqual([name, 'get']);
    expect(await recorded()).toEqual(named(name));
  });

  it.each(['one after the other', 'at once'])('a second call of the same, %s', async (how) => {
    ask();
    await framework('a__get', async (args) => {
      const first = overProtocol('get', args);
      if (how !== 'at once') await first;
      return Promise.all([first, overProtocol('get', args)]);
    });
    expect(await recorded()).toEqual(named('a__get'));
    expect(asked.map(([name]) => name)).toEqual(['a__get', 'get', 'get']);
  });

  it('several tools of the server in one of the application', async () => {
    ask('delete');
    const call = framework('cleanup', async (args) => {
      await overProtocol('list', args);
      return overProtocol('delete', args);
    });
    await expect(call).rejects.toMatchObject({ reason: 'not today' });
    expect(await recorded()).toEqual(['cleanup', 'cleanup > list']);
  });

  it('a call in a scope that the tool has opened', async () => {
    await framework('a__get', (args) => flow.scope.run('work', () => overProtocol('get', args)));
    expect(await recorded()).toEqual(['a__get', 'get']);
  });

  it('a call that a server passes on', async () => {
    await framework('a__get', (args) =>
      runTool<unknown>({ by: 'mcp', name: 'get', args, prefixable: true, passedOn: true }, () => sunny),
    );
    expect(await recorded()).toEqual(named('a__get'));
  });
});
