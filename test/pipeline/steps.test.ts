// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type AtofEvent, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { FAMILIES, forThisTest } from './families.ts';

/** How a callback answers. The pipeline must not care. */
const TIMINGS: readonly (readonly [string, <Value>(value: Value) => Value | PromiseLike<Value>])[] = [
  ['synchronous', (value) => value],
  ['a promise', (value) => Promise.resolve(value)],
  ['a macrotask later', (value) => macrotask().then(() => value)],
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  ['a thenable', (value) => ({ then: (resolve: (value: never) => unknown) => resolve(value as never) }) as never],
];

describe.each(FAMILIES)('$family', (family) => {
  const { kind } = family;
  const policy = family.registrar(flow);

  test.each(TIMINGS)('the steps run in their order where callbacks are %s', async (_, answer) => {
    const order: string[] = [];
    const note = (step: string): void => void order.push(step);
    const recorded = recordEvents();
    const sanitize = (step: string) => (payload: unknown) => {
      note(step);
      return answer(payload);
    };
    for (const name of ['a', 'b']) {
      forThisTest(
        policy.addConditionalExecution(name, (call) => {
          note(`guardrail ${name} sees ${family.valueOf(call)}`);
          return answer(undefined);
        }),
      );
      forThisTest(
        policy.addRequestIntercept(name, (call): never => {
          note(`request ${name} sees ${family.valueOf(call)}`);
          return answer(family.changed(`${family.valueOf(call)}${name}`)) as never;
        }),
      );
      forThisTest(
        family.addExecution(name, async (call, next) => {
          note(`before ${name} sees ${family.valueOf(call)}`);
          const result = await next(`${family.valueOf(call)}>`);
          note(`after ${name} sees ${String(result)}`);
          return answer(`<${String(result)}`);
        }),
      );
    }
    forThisTest(policy.addSanitizeRequest('s', sanitize('sanitize request') as never));
    forThisTest(policy.addSanitizeResponse('s', sanitize('sanitize response') as never));

    const result = await family.call('in', (value) => {
      note(`call sees ${value}`);
      return answer(`${value}!`);
    });

    expect(result).toBe('<<inab>>!');
    const [start, end] = await recorded.named('call');
    expect(order).toEqual([
      'guardrail a sees in',
      'guardrail b sees in',
      'request a sees in',
      'request b sees ina',
      'sanitize request',
      'before a sees inab',
      'before b sees inab>',
      'call sees inab>>',
      'after b sees inab>>!',
      'after a sees <inab>>!',
      'sanitize response',
    ]);
    const input = kind === 'tool' ? { v: 'inab' } : { headers: {}, content: { v: 'inab' } };
    expect([start?.data, end?.data]).toEqual([input, '<<inab>>!']);
  });

  test('sanitizers and events change what is recorded, never what the call gets or returns', async () => {
    const recorded = recordEvents();
    forThisTest(policy.addSanitizeRequest('s', () => 'hidden'));
    forThisTest(policy.addSanitizeResponse('s', () => undefined));
    forThisTest(flow.event.addMetadata('m', () => ({ added: true })));
    const result = await family.call('secret');
    const events = await recorded.named('call');
    expect(result).toBe('secret!');
    expect(events.map(({ data, metadata }) => [data, metadata?.['added']])).toEqual([
      ['hidden', true],
      [null, true],
    ]);
  });

  test('sanitizers that take their time complete the events later, and never make the call wait', async () => {
    const recorded = recordEvents();
    const gate = Promise.withResolvers<string>();
    forThisTest(policy.addSanitizeRequest('s', () => gate.promise));
    forThisTest(policy.addSanitizeResponse('s', () => gate.promise));
    expect(await family.call('in')).toBe('in!');
    gate.resolve('late');
    expect((await recorded.named('call')).map(({ data }) => data)).toEqual(['late', 'late']);
  });

  test('the start event is emitted before execution intercepts run, the end event when they are done', async () => {
    const seen: string[] = [];
    const note = (event: AtofEvent): void => void seen.push(`${event.kind === 'scope' && event.scope_category}`);
    forThisTest(flow.addSubscriber('seen', note));
    forThisTest(
      family.addExecution('wait for the start', async (_, next) => {
        while (seen.length === 0) await macrotask();
        const result = await next();
        await macrotask();
        seen.push('intercept done');
        return result;
      }),
    );
    await family.call('in');
    await flow.flush();
    expect(seen).toEqual(['start', 'intercept done', 'end']);
  });

  test('a call without any middleware reaches the function with its own input and its own result', async () => {
    const recorded = recordEvents();
    expect(await family.call('in')).toBe('in!');
    expect((await recorded.named('call')).map((event) => event.kind === 'scope' && event.scope_category)).toEqual([
      'start',
      'end',
    ]);
  });

  test('middleware of the other kind of call does not run', async () => {
    const other = kind === 'tool' ? flow.llm : flow.tool;
    const refuse = (): string => 'not for this kind';
    forThisTest(other.addConditionalExecution('other', refuse));
    forThisTest(other.addRequestIntercept('other', refuse as never));
    forThisTest(other.addExecutionIntercept('other', refuse));
    expect(await family.call('in')).toBe('in!');
  });
});

test('execution intercepts of buffered calls do not run for streams, nor those of streams for buffered calls', async () => {
  const [, llm, stream] = FAMILIES;
  const ran: string[] = [];
  for (const family of [llm!, stream!]) {
    forThisTest(
      family.addExecution('which', async (_, next) => {
        ran.push(family.family);
        return next();
      }),
    );
  }
  await llm!.call('in');
  await stream!.call('in');
  expect(ran).toEqual(['llm', 'stream']);
});
