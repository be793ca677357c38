// SPDX-License-Identifier: Apache-2.0
import { setTimeout as after } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flow } from '../../src/api/index.ts';

const collectGarbage = globalThis.gc as () => void;
const ended: WeakRef<ReadableSpan>[] = [];
const nothing = async (): Promise<void> => undefined;

beforeAll(() => {
  const onEnd = (span: ReadableSpan): void => void ended.push(new WeakRef(span));
  const processor = { onStart: () => undefined, onEnd, forceFlush: nothing, shutdown: nothing };
  trace.setGlobalTracerProvider(new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [processor] }));
});
afterAll(() => trace.disable());

async function conversation(number: number): Promise<void> {
  const messages = [{ role: 'user', content: `question ${number}` }];
  const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: `answer ${number}` } }];
  await flow.llm.execute({ name: 'openai', request: { content: { model: 'm', messages } } }, () => ({
    id: `response-${number}`,
    model: 'm',
    choices,
  }));
}

it('a run that is remembered holds no span', async () => {
  for (let number = 0; number < 50; number++) await conversation(number);
  expect(ended).toHaveLength(50);
  for (let round = 0; round < 20 && ended.some((span) => span.deref() !== undefined); round++) {
    await after(5);
    collectGarbage();
  }
  expect(ended.filter((span) => span.deref() !== undefined).length).toBeLessThan(5);
});
