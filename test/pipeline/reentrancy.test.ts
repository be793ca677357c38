// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CallView, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { collect, FAMILIES, forThisTest, streamOf } from './families.ts';

beforeEach(() => setup.forgetSpans());

describe.each(FAMILIES)('$family', (family) => {
  const policy = family.registrar(flow);
  /** Another call of the same kind, as a middleware makes one to judge the first. */
  const judge = (): Promise<unknown> => family.call('judged', () => 'fine', { name: 'judge' });

  /** Registers a judge of each kind that callbacks of calls can be; notes which runs for which call. */
  function addJudges(ran: string[], kinds: readonly string[]): void {
    const note =
      (kind: string, work: () => unknown = judge) =>
      async (call: CallView): Promise<void> => {
        ran.push(`${kind} of ${call.name}`);
        if (call.name === 'call') await work();
      };
    if (kinds.includes('guardrail')) forThisTest(policy.addConditionalExecution('guardrail', note('guardrail')));
    if (kinds.includes('request')) forThisTest(policy.addRequestIntercept('request', note('request')));
    if (kinds.includes('execution'))
      forThisTest(
        family.addExecution('execution', async (call, next) => {
          await note('execution')(call);
          return next();
        }),
      );
  }

  test.each([['guardrail'], ['request'], ['execution']])(
    'a judge inside a %s does not run that middleware again, but all others',
    async (kind) => {
      const ran: string[] = [];
      addJudges(ran, [kind]);
      forThisTest(
        policy.addConditionalExecution('other', (call) => void ran.push(`other of ${call.name}`), { priority: 9 }),
      );
      expect(await family.call('in')).toBe('in!');
      const ownAndOthers = ran.filter((each) => !each.startsWith('other'));
      expect(ownAndOthers).toEqual([`${kind} of call`]);
      expect(ran.filter((each) => each.startsWith('other')).toSorted()).toEqual(['other of call', 'other of judge']);
    },
  );

  test('two middlewares with judges judge each other, and no further', async () => {
    const ran: string[] = [];
    for (const name of ['a', 'b'])
      forThisTest(
        policy.addConditionalExecution(name, async (call) => {
          ran.push(`${name} of ${call.name}`);
          await family.call('judged', () => 'fine', { name: `${name}'s judge` });
        }),
      );
    await family.call('in');
    expect(ran).toEqual(['a of call', "b of a's judge", 'b of call', "a of b's judge"]);
  });

  test('the same name in another owner is another middleware', async () => {
    const ran: string[] = [];
    await flow.scope.run('owner', async (owner) => {
      forThisTest(
        policy.addConditionalExecution('g', async ({ name }) => (ran.push(`outer of ${name}`), void (await judge()))),
      );
      family.registrar(owner).addConditionalExecution('g', ({ name }) => void ran.push(`inner of ${name}`));
      await family.call('in');
    });
    expect(ran).toEqual(['outer of call', 'inner of judge', 'inner of call']);
  });

  test('next() leaves the intercept: a call made in the function is guarded and intercepted again', async () => {
    const ran: string[] = [];
    addJudges(ran, []);
    forThisTest(policy.addConditionalExecution('g', (call) => void ran.push(`guardrail of ${call.name}`)));
    forThisTest(
      family.addExecution('e', async (call, next) => {
        ran.push(`execution of ${call.name}`);
        return next();
      }),
    );
    await family.call('in', () => family.call('inner', undefined, { name: 'nested' }));
    expect(ran).toEqual(['guardrail of call', 'execution of call', 'guardrail of nested', 'execution of nested']);
  });

  test('next() called from a judge’s own callback, or a timer, still leaves the intercept', async () => {
    const ran: string[] = [];
    forThisTest(
      family.addExecution('e', async (call, next) => {
        ran.push(call.name);
        return macrotask().then(() => next());
      }),
    );
    await family.call('in', () => family.call('inner', undefined, { name: 'nested' }));
    expect(ran).toEqual(['call', 'nested']);
  });

  test('a middleware stays left out of what it has started, however that goes on', async () => {
    const ran: string[] = [];
    forThisTest(
      policy.addConditionalExecution('g', async (call) => {
        ran.push(call.name);
        await macrotask();
        await flow.scope.run('deeper', () => flow.scope.isolate(() => judge()));
        await new Promise<void>((resolve) => setTimeout(() => void judge().then(() => resolve()), 1));
        await flow.scope.capture().run(() => judge());
      }),
    );
    await family.call('in');
    expect(ran).toEqual(['call']);
  });

  test('calls that run at the same time do not leave out each other’s middleware', async () => {
    const ran: string[] = [];
    forThisTest(
      policy.addConditionalExecution('g', async (call) => {
        ran.push(call.name);
        await macrotask();
      }),
    );
    await Promise.all(['a', 'b', 'c'].map((name) => family.call('in', undefined, { name })));
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  test('a judge in an execution intercept is a child of the call', async () => {
    const recorded = recordEvents();
    addJudges([], ['execution']);
    await family.call('in');
    const call = (await recorded.named('call'))[0];
    expect((await recorded.named('judge')).map(({ parent_uuid }) => parent_uuid)).toEqual([call!.uuid, call!.uuid]);
  });

  test('a guardrail may refuse the judge of another guardrail, and then that refuses the call', async () => {
    forThisTest(policy.addConditionalExecution('a', async () => void (await judge())));
    forThisTest(policy.addConditionalExecution('b', ({ name }) => (name === 'judge' ? 'no judges' : undefined)));
    await expect(family.call('in')).rejects.toMatchObject({ status: 403, reason: 'no judges', guardrail: 'b' });
  });

  test('flush() in a middleware rejects, in the function it works', async () => {
    const flushed: unknown[] = [];
    const flush = async (): Promise<void> => {
      flushed.push(
        await flow.flush().then(
          () => 'flushed',
          (error: { code: unknown }) => error.code,
        ),
      );
    };
    forThisTest(policy.addConditionalExecution('g', flush));
    forThisTest(policy.addRequestIntercept('r', flush as never));
    forThisTest(family.addExecution('e', async (_, next) => (await flush(), next())));
    await family.call('in', flush);
    expect(flushed).toEqual(['FLOW_REENTRANT_FLUSH', 'FLOW_REENTRANT_FLUSH', 'FLOW_REENTRANT_FLUSH', 'flushed']);
  });

  test('a call made by a subscriber is guarded, whoever emitted the event, and not observed', async () => {
    const judged: string[] = [];
    const recorded = recordEvents();
    const made: Promise<unknown>[] = [];
    forThisTest(policy.addConditionalExecution('g', async ({ name }) => (judged.push(name), void (await judge()))));
    const registration = flow.addSubscriber('calls', ({ name }) => {
      if (name === 'judge') made.push(family.call('in', undefined, { name: 'by subscriber' }));
    });
    await family.call('in');
    await flow.flush();
    registration.remove();
    await Promise.all(made);
    expect(judged.filter((name) => name === 'by subscriber')).toHaveLength(made.length);
    expect(made.length).toBeGreaterThan(0);
    expect(await recorded.named('by subscriber')).toEqual([]);
  });
});

describe('a stream intercept', () => {
  const request = { content: {} };
  const open = (name: string): Promise<AsyncIterable<unknown>> =>
    flow.llm.stream({ name, request }, () => streamOf(1, 2));

  test('may ask a judge while its stream is read, and is left out of that', async () => {
    const recorded = recordEvents();
    const ran: string[] = [];
    forThisTest(
      flow.llm.addStreamExecutionIntercept('judges', async function* judges(call, next) {
        ran.push(`begins ${call.name}`);
        for await (const chunk of await next()) {
          ran.push(`chunk of ${call.name}`);
          await collect(await open('judge'));
          yield chunk;
        }
      }),
    );
    expect(await collect(await open('call'))).toEqual([1, 2]);
    expect(ran).toEqual(['begins call', 'chunk of call', 'chunk of call']);
    const [call] = await recorded.named('call');
    for (const judge of await recorded.named('judge')) expect(judge.parent_uuid).toBe(call!.uuid);
  });

  test('leaves the provider’s own stream outside: calls made in there are intercepted', async () => {
    const ran: string[] = [];
    forThisTest(
      flow.llm.addStreamExecutionIntercept('e', async function* passes(call, next) {
        ran.push(call.name);
        yield* await next();
      }),
    );
    const chunks = await flow.llm.stream({ name: 'call', request }, async function* provider() {
      yield flow.scope.current().name;
      yield* await open('nested');
      yield flow.scope.current().name;
    });
    expect(await collect(chunks)).toEqual(['call', 1, 2, 'call']);
    expect(ran).toEqual(['call', 'nested']);
  });

  test('sees the scope of its call while its stream is read, and its consumer keeps its own', async () => {
    forThisTest(
      flow.llm.addStreamExecutionIntercept('e', async function* passes(_, next) {
        for await (const chunk of await next()) yield [flow.scope.current().name, chunk];
      }),
    );
    await flow.scope.run('consumer', async () => {
      for await (const chunk of await open('call')) {
        expect(chunk).toEqual(['call', expect.any(Number)]);
        expect(flow.scope.current().name).toBe('consumer');
      }
    });
  });
});
