// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { runEverySignal } from '../fixtures/every-signal.ts';

it("OTEL_LOG_LEVEL shows OpenTelemetry's diagnostics of that level, on standard error only", async () => {
  const code = `
    const { diag } = await import('@opentelemetry/api');
    diag.info('quiet'); diag.warn('loud');`;
  const { stdout, stderr } = await runEverySignal({ OTEL_LOG_LEVEL: 'WARN' }, code);
  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'flow: loud\n' });
});
