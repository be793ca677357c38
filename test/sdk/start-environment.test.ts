// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import type { AppResult } from '../support/run.ts';
import { runTraced } from './fixtures/traced-app.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const run = (env: Record<string, string>, code: string): Promise<AppResult> => runTraced({ collector, env, code });

describe('the context', () => {
  it('is carried through asynchronous operations', async () => {
    const async = `
      tracer.startActiveSpan('outer', async (outer) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        span('inner');
        outer.end();
      });`;
    await run({}, async);
    const [inner, outer] = collector.spans.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(inner?.parentSpanId).toBe(outer?.spanId);
  });
});

describe('the resource', () => {
  it('tells host, process, SDK and distribution, and never the command line', async () => {
    await runTraced({ collector, programArgs: ['--password=hunter2'], code: `span('x'); process.exit(0);` });
    const [resource] = collector.resources;
    expect(resource).toMatchObject({
      'service.name': 'unknown_service:node',
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.distro.name': '@flow/register',
      'telemetry.distro.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      'process.pid': expect.any(Number) as number,
      'host.name': expect.any(String) as string,
      'os.type': expect.any(String) as string,
      'service.instance.id': expect.any(String) as string,
    });
    expect(JSON.stringify(resource)).not.toContain('hunter2');
  });

  it('is the same for the first span and the last', async () => {
    await run(
      { OTEL_BSP_SCHEDULE_DELAY: '1' },
      `span('first'); setTimeout(() => { span('last'); process.exit(0); }, 200);`,
    );
    // One whose answer was on its way is sent again: at least once.
    expect(new Set(collector.spans.map(({ name }) => name))).toEqual(new Set(['first', 'last']));
    expect(collector.resources).toHaveLength(1);
  });
});

describe('switched off or refused', () => {
  it('FLOW_DISABLED leaves the application alone', async () => {
    const code = `console.log(trace.getTracer('x').startSpan('x').isRecording(), process.listenerCount('SIGTERM'));`;
    const { stdout, stderr } = await run({ FLOW_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'bad' }, code);
    expect({ stdout, stderr }).toEqual({ stdout: 'false 0\n', stderr: '' });
  });

  it('FLOW_CONFIG stops the start before the application, with exit code 78 and the reason', async () => {
    const { code, stdout, stderr } = await run({ FLOW_CONFIG: './policy.yaml' }, `console.log('ran');`);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/^flow: FLOW_CONFIG is ".\/policy.yaml"; /);
  });
});
