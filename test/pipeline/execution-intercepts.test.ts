// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { flow, type LlmRequest } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { collect, FAMILIES, forThisTest, streamOf } from './families.ts';

describe.each(FAMILIES)('$family', (family) => {
  const { kind } = family;

  test('the lowest priority is outermost, and an error passes outwards until somebody catches it', async () => {
    const order: string[] = [];
    const bug = new Error('bug');
    for (const [name, priority] of [
      ['inner', 1],
      ['outer', -1],
    ] as const) {
      forThisTest(
        family.addExecution(
          name,
          async (_, next) => {
            order.push(`before ${name}`);
            try {
              return await next();
            } catch (error) {
              order.push(`${name} caught ${String(error === bug)}`);
              if (name === 'outer') return 'recovered';
              throw error;
            }
          },
          { priority },
        ),
      );
    }
    const result = await family.call('in', () => {
      throw bug;
    });
    expect(result).toBe('recovered');
    expect(order).toEqual(['before outer', 'before inner', 'inner caught true', 'outer caught true']);
  });

  test('next() passes on the input in force, next(changed) another one, and the start event keeps the first', async () => {
    const recorded = recordEvents();
    const seen: string[] = [];
    forThisTest(family.addExecution('1', (_, next) => next('one')));
    forThisTest(
      family.addExecution('2', (call, next) => {
        seen.push(family.valueOf(call));
        return next();
      }),
    );
    forThisTest(family.addExecution('3', (call, next) => next(`${family.valueOf(call)} three`)));
    const result = await family.call('in', (value, call) => {
      seen.push(family.valueOf(call));
      return value;
    });
    expect([seen, result]).toEqual([['one', 'one three'], 'one three']);
    const [start] = await recorded.named('call');
    expect(JSON.stringify(start?.data)).toContain('"in"');
  });

  test('an intercept that does not call next answers the call itself', async () => {
    const recorded = recordEvents();
    forThisTest(family.addExecution('cache', () => 'cached'));
    expect(await family.call('in', () => expect.unreachable('the function ran'))).toBe('cached');
    const [start, end] = await recorded.named('call');
    expect(start?.data).toEqual(kind === 'tool' ? { v: 'in' } : { headers: {}, content: { v: 'in' } });
    expect(end?.data).toBe('cached');
    expect(end?.metadata?.['flow.usage']).toBe(kind === 'llm' ? null : undefined);
  });

  test('the error of an intercept reaches the caller as it is', async () => {
    const recorded = recordEvents();
    const bug = new TypeError('bug in the intercept');
    forThisTest(
      family.addExecution('e', () => {
        throw bug;
      }),
    );
    const error = await family.call('in').catch((thrown: unknown) => thrown);
    expect(error).toBe(bug);
    expect((await recorded.named('call')).at(-1)?.metadata).toMatchObject({ 'otel.status_code': 'ERROR' });
  });

  test('next() called after the intercept has settled rejects, and makes no call', async () => {
    let kept: (() => Promise<unknown>) | undefined;
    let calls = 0;
    forThisTest(
      family.addExecution('keeps next', async (_, next) => {
        kept = next;
        return next();
      }),
    );
    await family.call('in', () => ++calls);
    await expect(kept!()).rejects.toMatchObject({ code: 'FLOW_NEXT_EXPIRED' });
    expect(calls).toBe(1);
  });

  test('next() of an intercept that threw has expired too', async () => {
    let kept: (() => Promise<unknown>) | undefined;
    forThisTest(
      family.addExecution('keeps next', (_, next) => {
        kept = next;
        throw new Error('bug');
      }),
    );
    await family.call('in').catch(() => undefined);
    await expect(kept!()).rejects.toMatchObject({ code: 'FLOW_NEXT_EXPIRED' });
  });

  test('a scope that an intercept opens around next() is the parent of what happens in there', async () => {
    const recorded = recordEvents();
    forThisTest(family.addExecution('e', (_, next) => flow.scope.run('wrapped', () => next())));
    await family.call('in', () => flow.scope.run('inside', () => 1));
    const events = await recorded.all();
    const uuid = (name: string): string => events.find((event) => event.name === name)!.uuid;
    const parents = new Map(events.map((event) => [event.name, event.parent_uuid]));
    expect(parents.get('wrapped')).toBe(uuid('call'));
    // next() leaves the intercept: the function runs in the call, however the intercept has wrapped it.
    expect(parents.get('inside')).toBe(uuid('call'));
  });
});

describe('an execution intercept of a model call', () => {
  const request: LlmRequest = { headers: { a: '1' }, content: { v: 'first' } };
  type Change = Partial<LlmRequest> | undefined;

  async function sentThrough(streaming: boolean, ...changes: readonly Change[]): Promise<LlmRequest> {
    const sent: LlmRequest[] = [];
    for (const [place, change] of changes.entries()) {
      const name = `change ${place}`;
      forThisTest(
        streaming
          ? flow.llm.addStreamExecutionIntercept(name, (_, next) => next(change))
          : flow.llm.addExecutionIntercept(name, (_, next) => next(change)),
      );
    }
    if (streaming)
      await collect(await flow.llm.stream({ name: 'call', request }, (given) => streamOf(sent.push(given))));
    else await flow.llm.execute({ name: 'call', request }, (given) => sent.push(given));
    return sent[0]!;
  }

  describe.each([[false], [true]])('(streaming: %s)', (streaming) => {
    test('that passes on headers or content alone keeps what the intercept around it made of the other', async () => {
      expect(await sentThrough(streaming, { content: { v: 'other' } }, { headers: { b: '2' } }, undefined)).toEqual({
        headers: { b: '2' },
        content: { v: 'other' },
      });
    });

    test('that passes on something else gets the error from next(), which says whose mistake it is', async () => {
      const sent = sentThrough(streaming, 'text' as never);
      await expect(sent).rejects.toMatchObject({ code: 'FLOW_INVALID_VERDICT' });
      await expect(sent).rejects.toThrow("'change 0'");
    });
  });
});

test('a stream intercept that returns no stream fails the call and says so', async () => {
  for (const returned of [undefined, 'text', [1], { next: 1 }]) {
    const registration = flow.llm.addStreamExecutionIntercept('odd', () => returned as never);
    const opening = flow.llm.stream({ name: 'call', request: { content: {} } }, () => streamOf(1));
    await expect(opening).rejects.toThrow("'odd'");
    registration.remove();
  }
});
