// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import { runTraced, STAY } from './fixtures/traced-app.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const received = (): string[] => collector.spans.map((span) => span.name).toSorted();

describe('a signal that the application does not handle', () => {
  it.each(SIGNALS)('%s delivers the spans and ends the process by that signal', async (signal) => {
    const result = await runTraced({ collector, signal, code: `span('only'); ${STAY}` });
    expect({ code: result.code, signal: result.signal, stderr: result.stderr }).toEqual({
      code: null,
      signal,
      stderr: '',
    });
    expect(received()).toEqual(['only']);
    expect(result.duration).toBeLessThan(2000);
  });

  it('ends the process at once when it comes a second time while a receiver does not answer', async () => {
    const hung = await startCollector({ hang: true });
    const code = `
      import { spawn } from 'node:child_process';
      span('only');
      // From another process: this one waits synchronously when the second signal comes.
      spawn(process.execPath, ['-e', \`
        process.kill(\${process.pid}, 'SIGINT');
        setTimeout(() => process.kill(\${process.pid}, 'SIGINT'), 300);\`], { env: {} });
      process.on('exit', () => process.stdout.write('never'));
      ${STAY}`;
    const { signal, duration, stdout } = await runTraced({
      collector: hung,
      code,
      env: { FLOW_EXIT_TIMEOUT_MS: '15000' },
    });
    await hung.close();
    expect({ signal, stdout }).toEqual({ signal: 'SIGINT', stdout: 'ready' });
    expect(duration).toBeLessThan(10_000);
  });
});

describe('a signal that the application handles', () => {
  it.each(SIGNALS)('%s is left to it, and its process.exit() delivers the spans', async (signal) => {
    const code = `process.on('${signal}', () => process.exit(4)); span('only'); ${STAY}`;
    const result = await runTraced({ collector, signal, code });
    expect({ code: result.code, signal: result.signal, spans: received() }).toEqual({
      code: 4,
      signal: null,
      spans: ['only'],
    });
  });

  it('never ends the process, however long the application takes, and spans made meanwhile are delivered', async () => {
    const code = `
      const server = setInterval(() => {}, 1000);
      process.on('SIGTERM', () => setTimeout(() => { span('while draining'); clearInterval(server); }, 600));
      span('before');
      process.stdout.write('ready');`;
    const env = { FLOW_EXIT_TIMEOUT_MS: '200' };
    const result = await runTraced({ collector, signal: 'SIGTERM', code, env });
    expect({ code: result.code, signal: result.signal, spans: received() }).toEqual({
      code: 0,
      signal: null,
      spans: ['before', 'while draining'],
    });
  });

  it('flushes at once, so that a kill during the grace period loses nothing', async () => {
    const code = `
      process.on('SIGTERM', () => {});
      span('only');
      ${STAY}`;
    const running = runTraced({ collector, signal: 'SIGTERM', code });
    const [first] = await collector.waitForSpans(1);
    process.kill(Number(first?.resource['process.pid']), 'SIGKILL');
    expect((await running).signal).toBe('SIGKILL');
  });

  it('is delivered before a listener that ends the process because it believes to be alone', async () => {
    const code = `
      globalThis[Symbol.for('signal-exit emitter')] = {};
      const listener = () => {
        if (process.listeners('SIGTERM').length !== 1) return;
        process.removeListener('SIGTERM', listener);
        process.kill(process.pid, 'SIGTERM');
      };
      process.on('SIGTERM', listener);
      span('only');
      ${STAY}`;
    const { signal } = await runTraced({ collector, signal: 'SIGTERM', code });
    expect({ signal, spans: received() }).toEqual({ signal: 'SIGTERM', spans: ['only'] });
  });

  it('ends the process as before when the application removes its handler', async () => {
    const code = `
      const once = () => { process.removeListener('SIGTERM', once); setImmediate(() => process.kill(process.pid, 'SIGTERM')); };
      process.on('SIGTERM', once);
      span('only');
      ${STAY}`;
    const { signal } = await runTraced({ collector, signal: 'SIGTERM', code });
    expect({ signal, spans: received() }).toEqual({ signal: 'SIGTERM', spans: ['only'] });
  });
});
