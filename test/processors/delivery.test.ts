// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventsFromSpans } from '../../src/projections/atof-reader.ts';
import { outline, validated } from '../runtime/recorder.ts';
import { type Collector, startCollector } from '../support/collector/index.ts';
import { type AppOptions, type AppResult, runApp } from '../support/run.ts';

let folder: string;
let collector: Collector;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flow-delivery-'));
  collector = await startCollector();
});
afterEach(async () => {
  await collector.close();
  rmSync(folder, { recursive: true });
});

/** An application under the distribution whose sanitizers work for a while on everything, and some for ever. */
async function run(end: string, options: AppOptions = {}): Promise<AppResult> {
  const env = {
    FLOW_ATOF_FILE: join(folder, 'events.jsonl'),
    FLOW_ATIF_DIR: join(folder, 'atif'),
    FLOW_SEMCONV: 'gen_ai,atof',
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  const code = `
    import { trace } from '@opentelemetry/api';
    import { flow } from '@flow/register/api';
    import { stop } from '@flow/register/sdk';
    const later = (value) => new Promise((resolve) => setTimeout(resolve, 50, value));
    flow.event.addSanitizeScopeStart('slow', (event) => (event.name === 'for ever' ? new Promise(() => {}) : later(event)));
    flow.llm.addSanitizeResponse('slow', () => later({ choices: [{ message: { role: 'assistant', content: 'clean' } }] }));
    const request = { content: { model: 'm', messages: [{ role: 'user', content: 'hi' }] } };
    const work = () => flow.scope.run('agent', { type: 'agent' }, async () => {
      await flow.llm.execute({ name: 'openai', request }, () => ({ choices: [{ message: { role: 'assistant', content: 'canary' } }] }));
    });
    ${end}`;
  const result = await runApp({ args: ['--import', './dist/esm/register.js'], env, code, ...options });
  // A busy machine takes its time for a sanitizer's first call, and Flow says so.
  return { ...result, stderr: result.stderr.replaceAll(/^.* slow: it held up the call .*\n/gm, '') };
}

const spans = (): string[] => collector.spans.map(({ name }) => name).toSorted();
const events = (): string[] =>
  outline(validated(readFileSync(join(folder, 'events.jsonl'), 'utf8').split('\n').slice(0, -1)));
const ALL = ['start agent', 'start openai', 'end openai', 'end agent'];

/** Everything that has left the process, as one text. */
function everything(): string {
  const atif = readdirSync(join(folder, 'atif')).map((name) => readFileSync(join(folder, 'atif', name), 'utf8'));
  return [JSON.stringify(collector.spans), readFileSync(join(folder, 'events.jsonl'), 'utf8'), ...atif].join('\n');
}

describe('events whose sanitizers are still working have left the process', () => {
  it.each([
    ['it ends by itself', 'await work();', {}],
    [
      'it is asked to end by a signal',
      `await work(); setInterval(() => {}, 1000); process.stdout.write('ready');`,
      { signal: 'SIGTERM' },
    ],
    ['stop has resolved', `await work(); await stop(); process.kill(process.pid, 'SIGKILL');`, {}],
    [
      'forceFlush of the provider has resolved',
      `await work(); await trace.getTracerProvider().getDelegate().forceFlush(); process.kill(process.pid, 'SIGKILL');`,
      {},
    ],
  ] as const)('when %s', async (_, end, options) => {
    expect((await run(end, options)).stderr).toBe('');
    expect(spans()).toEqual(['chat m', 'invoke_agent agent']);
    expect(events()).toEqual(ALL);
    expect(eventsFromSpans(collector.spans).findings).toEqual([]);
    expect(everything()).not.toContain('canary');
    expect(everything().split('clean').length).toBeGreaterThan(3);
  });

  it.each([
    ['process.exit', 'await work(); process.exit(0);'],
    ['an uncaught error', `await work(); setTimeout(() => { throw new Error('crash'); });`],
  ])('at once after %s, with what they worked on cleared', async (_, end) => {
    await run(end);
    expect(spans()).toEqual(['chat m', 'invoke_agent agent']);
    expect(events()).toEqual(ALL);
    expect(everything()).not.toContain('canary');
  });

  it('after a second also when a sanitizer never comes to an end', async () => {
    const { stderr, duration } = await run(
      `flow.scope.run('for ever', { input: 'canary', metadata: { own: 'canary' } }, () => {});`,
    );
    expect(stderr).toContain("sanitizer 'for ever': still running 1000 ms after the event");
    expect(duration).toBeGreaterThan(900);
    expect([spans(), events()]).toEqual([['for ever'], ['start for ever', 'end for ever']]);
    expect(eventsFromSpans(collector.spans).events[0]?.metadata).not.toHaveProperty('own');
  });
});

it("forceFlush of the application's own provider waits for Flow's subscribers, files and sanitizers", async () => {
  const end = `
    const { TracerProvider } = await import('@opentelemetry/sdk-trace');
    const { flowSpanProcessors } = await import('@flow/register/sdk');
    const provider = new TracerProvider({ spanProcessors: flowSpanProcessors() });
    trace.setGlobalTracerProvider(provider);
    let heard = 0;
    flow.addSubscriber('slow', async () => { await later(); heard++; });
    await work();
    await provider.forceFlush();
    console.log(heard);
    process.kill(process.pid, 'SIGKILL');`;
  const { stdout, stderr } = await run(end, { args: ['--import', './dist/esm/hooks.js'] });
  expect([stdout, stderr]).toEqual([`${ALL.length}\n`, '']);
  expect(events()).toEqual(ALL);
  expect(readdirSync(join(folder, 'atif'))).toHaveLength(1);
  expect(everything()).not.toContain('canary');
});
