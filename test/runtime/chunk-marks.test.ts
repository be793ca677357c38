// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type AtofEvent, flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { startTracing } from '../projections/tracing.ts';

const { settings } = getRuntime().internals;
beforeEach(() => {
  settings.chunkMarks = true;
});
afterEach(() => {
  settings.chunkMarks = false;
});

const chunk = (content: string, finish: string | null = null): object => ({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'gpt-test',
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});
const request = { content: { model: 'gpt-test', stream: true, messages: [{ role: 'user', content: 'private' }] } };

async function stream(): Promise<void> {
  const chunks = await flow.llm.stream({ name: 'openai', request }, async function* () {
    yield chunk('secret');
    yield chunk('', 'stop');
  });
  for await (const _ of chunks);
}

async function heard(run: () => Promise<unknown>): Promise<readonly AtofEvent[]> {
  const events: AtofEvent[] = [];
  const { remove } = flow.addSubscriber('chunks', (event) => void events.push(event));
  onTestFinished(() => void remove());
  await run();
  await flow.flush();
  return events;
}

test('each chunk of a stream is a mark under its call, in order, without content', async () => {
  const events = await heard(stream);
  const marks = events.filter(({ name }) => name === 'llm.chunk');
  expect(marks).toMatchObject([
    { data: { chunk_index: 0, provider: 'openai_chat_completions', choice_indices: [0] } },
    { data: { chunk_index: 1, finish_reasons: [{ choice_index: 0, finish_reason: 'stop' }] } },
  ]);
  expect(marks.map((mark) => mark.parent_uuid)).toEqual([events[0]?.uuid, events[0]?.uuid]);
  expect(JSON.stringify(marks)).not.toContain('secret');
  expect(events.at(-1)?.kind).toBe('scope');
});

test('they are never on spans', async () => {
  const tracing = startTracing();
  onTestFinished(() => tracing.stop());
  await heard(stream);
  const names = tracing.take().flatMap((span) => [span.name, ...span.events.map((event) => event.name)]);
  expect(names.filter((name) => name.includes('mark'))).toEqual([]);
});

test('they cost nothing where only spans are made', async () => {
  const tracing = startTracing();
  onTestFinished(() => tracing.stop());
  await stream();
  const [span, ...others] = tracing.take();
  expect(others).toEqual([]);
  expect(span?.events.map(({ name }) => name)).toEqual(['atof.start', 'atof.end']);
});

test('without the setting there are none', async () => {
  settings.chunkMarks = false;
  expect((await heard(stream)).map(({ kind }) => kind)).toEqual(['scope', 'scope']);
});
