// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

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
    expect(await warnings(source)).toEqual([expect.stringMatching(/^flow: .*another OpenTelemetry SDK is registered/)]);
  });

  it('another version of the API, which would lose every span silently, is told with its version', async () => {
    const source = `${key} = { version: '1.9.0', diag: {} };`;
    expect(await warnings(source)).toEqual([expect.stringMatching(/^flow: @opentelemetry\/api 1\.9\.0 /)]);
  });

  it('nobody is no line', async () => {
    expect(await warnings('')).toEqual([]);
  });
});
