// SPDX-License-Identifier: Apache-2.0
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type AtofEvent, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { FAMILIES, forThisTest } from './families.ts';

const shape = (event: AtofEvent): string =>
  event.kind === 'mark' ? `mark ${event.name}` : `${event.category} ${event.name} ${event.scope_category}`;
const isStart = (event: AtofEvent): boolean => event.kind === 'scope' && event.scope_category === 'start';

describe.each(FAMILIES)('$family', (family) => {
  const policy = family.registrar(flow);
  const judge = (): Promise<unknown> => flow.llm.execute({ name: 'judge', request: { content: {} } }, () => 'fine');

  test('a judge inside a guardrail is a child of the guardrail scope, which stands beside the call', async () => {
    const recorded = recordEvents();
    forThisTest(policy.addConditionalExecution('g', async () => void (await judge())));
    await flow.scope.run('around', () => family.call('in'));
    const events = await recorded.all();
    const starts = new Map(events.filter(isStart).map((event) => [event.name, event]));
    expect(events.map(shape).slice(0, 5)).toEqual([
      'function around start',
      'guardrail g start',
      'llm judge start',
      'llm judge end',
      'guardrail g end',
    ]);
    expect(starts.get('judge')?.parent_uuid).toBe(starts.get('g')?.uuid);
    expect(starts.get('g')?.parent_uuid).toBe(starts.get('around')?.uuid);
    expect(starts.get('call')?.parent_uuid).toBe(starts.get('around')?.uuid);
  });

  test('inside a guardrail the current scope is that of the guardrail, and a mark there shows it', async () => {
    const recorded = recordEvents();
    forThisTest(
      policy.addConditionalExecution('g', () => {
        expect(flow.scope.current()).toMatchObject({ name: 'g', type: 'guardrail' });
        flow.scope.mark('seen');
      }),
    );
    await family.call('in');
    const events = await recorded.all();
    expect(events.map(shape).slice(0, 3)).toEqual(['guardrail g start', 'mark seen', 'guardrail g end']);
    expect(events[1]?.parent_uuid).toBe(events[0]?.uuid);
  });

  test('a guardrail that ends its own scope leaves a start and an end', async () => {
    const recorded = recordEvents();
    forThisTest(policy.addConditionalExecution('g', () => flow.scope.current().end()));
    await family.call('in');
    const events = await recorded.all();
    expect(events.filter(({ name }) => name === 'g').map(shape)).toEqual(['guardrail g start', 'guardrail g end']);
  });

  test('what a guardrail leaves running when it has allowed the call is still recorded beneath it', async () => {
    const recorded = recordEvents();
    let left: Promise<unknown> | undefined;
    forThisTest(policy.addConditionalExecution('g', () => void (left = after(5).then(judge))));
    await flow.scope.run('around', () => family.call('in'));
    await left;
    const events = await recorded.all();
    const byName = (name: string): AtofEvent => events.find((event) => event.name === name)!;
    expect(byName('judge').parent_uuid).toBe(byName('g').uuid);
    expect(byName('judge').metadata?.['root_uuid']).toBe(byName('around').metadata?.['root_uuid']);
    expect(events.filter(({ name }) => name === 'g').map(shape)).toEqual(['guardrail g start', 'guardrail g end']);
  });

  test('a guardrail starts no earlier and ends no later than it ran, although its scope is only opened afterwards', async () => {
    const recorded = recordEvents();
    forThisTest(policy.addConditionalExecution('g', () => after(3).then(() => 'no')));
    const before = Date.now() - 1;
    await family.call('in').catch(() => undefined);
    const [start, end] = (await recorded.all()).map(({ timestamp }) => Date.parse(String(timestamp)));
    expect(start).toBeGreaterThanOrEqual(before);
    expect(end! - start!).toBeGreaterThanOrEqual(2);
    expect(end).toBeLessThanOrEqual(Date.now() + 1);
  });
});
