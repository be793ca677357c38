// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { startCollector } from '../../support/collector/index.ts';
import { runTraced } from '../fixtures/traced-app.ts';

describe('OTEL_EXPORTER_OTLP_TIMEOUT', () => {
  it('ends a request that a receiver does not answer', async () => {
    const collector = await startCollector({ hang: true });
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '50', OTEL_BSP_SCHEDULE_DELAY: '1' };
    const code = `span('x'); setTimeout(() => {}, 500);`;
    const { stderr } = await runTraced({ collector, env, code });
    await collector.close();
    expect(stderr).toMatch(/^flow: 1 span lost .*no answer within \d+ ms/);
  });

  it('is less than the timeout of a signal: OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, OTEL_EXPORTER_OTLP_METRICS_TIMEOUT, OTEL_EXPORTER_OTLP_LOGS_TIMEOUT', () => {
    const { otlp, metrics, logs, warnings } = readSettings({
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '3',
    });
    expect([otlp, metrics.otlp, logs.otlp].map(({ timeoutMillis }) => timeoutMillis)).toEqual([2, 3, 1]);
    expect(readSettings({ OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: '0' }).logs.otlp.timeoutMillis).toBe(2 ** 31 - 1);
    expect(warnings).toEqual([]);
  });
});
