// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { type ScopeType, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';

const TYPES: readonly ScopeType[] = [
  'agent',
  'function',
  'tool',
  'llm',
  'retriever',
  'embedder',
  'reranker',
  'guardrail',
  'evaluator',
  'custom',
  'unknown',
];

test.each(TYPES)('a scope of type %s is an event pair of that category', async (type) => {
  const recorded = recordEvents();
  flow.scope.run('scope', { type, subtype: 'step' }, (scope) => expect(scope.type).toBe(type));
  expect((await recorded.all()).map(({ category }) => category)).toEqual([type, type]);
});

test('a scope without a type is a function', async () => {
  const recorded = recordEvents();
  flow.scope.run('scope', () => undefined);
  expect((await recorded.all()).map(({ category }) => category)).toEqual(['function', 'function']);
});

test('flags are sorted and told once, those that nobody knows too, and change nothing', async () => {
  const recorded = recordEvents();
  const attributes = ['stateful', 'parallel', 'acme.batch', 'remote', 'relocatable', 'parallel'];
  const sorted = ['acme.batch', 'parallel', 'relocatable', 'remote', 'stateful'];
  expect(flow.scope.run('scope', { attributes }, (scope) => scope.attributes)).toEqual(sorted);
  expect(await flow.tool.execute({ name: 'tool', args: {}, attributes }, () => 'result')).toBe('result');
  expect((await recorded.all()).map((event) => event.kind === 'scope' && event.attributes)).toEqual(
    Array.from({ length: 4 }, () => sorted),
  );
});
