// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ROOT, runApp } from '../support/run.ts';
import { runTraced } from './fixtures/traced-app.ts';

/** A module that is loaded before us, as an `--import` data URL. */
const before = (source: string): string[] => ['--import', `data:text/javascript,${encodeURIComponent(source)}`];
const env = { OTEL_TRACES_EXPORTER: 'none' };
const key = `globalThis[Symbol.for('opentelemetry.js.api.1')]`;

async function warnings(source: string): Promise<string[]> {
  const { code, stdout, stderr } = await runTraced({ preload: before(source), env, code: `console.log('ran');` });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
  return stderr.split('\n').filter((line) => line !== '');
}

describe('somebody registered before us', () => {
  it('a whole SDK is told in one line', async () => {
    const source = `${key} = { version: '1.10.0', trace: { getTracer() {} } };`;
    expect(await warnings(source)).toEqual([
      expect.stringMatching(/^flow: .*another OpenTelemetry SDK \(Object\) is registered/),
    ]);
  });

  it('another version of the API, which would lose every span silently, is told with its version', async () => {
    const source = `${key} = { version: '1.9.0', diag: {} };`;
    expect(await warnings(source)).toEqual([expect.stringMatching(/^flow: @opentelemetry\/api 1\.9\.0 /)]);
  });

  it('nobody is no line', async () => {
    expect(await warnings('')).toEqual([]);
  });
});

describe('an application whose SDK uses an older API, under @flow/register/hooks', () => {
  const app = `
    import { createRequire } from 'node:module';
    const api = createRequire(import.meta.url)('otel-api-1.9');
    const names = [];
    const span = { end() {}, isRecording: () => true, spanContext: () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }) };
    api.trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: (name) => (names.push(name), span) }) });
    api.trace.getTracer('app').startSpan('its own').end();
    console.log(names.join());
    const { flow } = await import('@flow/register/api');
    flow.addSubscriber('buggy', () => { throw new Error('bug'); });
    flow.tool.addConditionalExecution('no', () => 'not allowed');
    await flow.tool.execute({ name: 'tool', args: {} }, () => 1).catch(({ message }) => console.log(message));
    await flow.flush();`;

  it.each([
    ['--import', 'dist/esm/hooks.js'],
    ['--require', 'dist/cjs/hooks.js'],
  ])('keeps its own spans, has policy, and is told once that it has none of ours (%s)', async (flag, hooks) => {
    const { code, stdout, stderr } = await runApp({ args: [flag, join(ROOT, hooks)], code: app });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'its own\nguardrail rejected: not allowed\n' });
    const lines = stderr.trimEnd().split('\n').toSorted();
    expect(lines).toEqual([
      expect.stringMatching(/^flow: @opentelemetry\/api 1\.9\.\d+ owns the globals.*3\.x/),
      expect.stringContaining("flow: subscriber 'buggy': bug"),
    ]);
  });

  it('keeps them with OTEL_SDK_DISABLED, too', async () => {
    const args = ['--import', join(ROOT, 'dist/esm/register.js')];
    const { stdout } = await runApp({ args, code: app, env: { OTEL_SDK_DISABLED: 'true' } });
    expect(stdout).toMatch(/^its own\n/);
  });
});
