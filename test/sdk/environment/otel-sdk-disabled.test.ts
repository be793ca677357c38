// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { runEverySignal } from '../fixtures/every-signal.ts';

describe('OTEL_SDK_DISABLED', () => {
  it('leaves spans that record nothing, and nothing is sent of any signal', async () => {
    const code = `
      const s = tracer.startSpan('x'); console.log(s.isRecording()); s.end();
      meter.createCounter('counter').add(1);
      logger.emit({ body: 'record' });`;
    const { stdout, stderr, http, grpc } = await runEverySignal({ OTEL_SDK_DISABLED: 'TRUE' }, code);
    expect({ stdout, stderr, http, grpc }).toEqual({ stdout: 'false\n', stderr: '', http: [], grpc: [] });
  });

  it('that is neither true nor false costs one line, and the SDK runs', async () => {
    const { stderr, spans } = await runEverySignal({ OTEL_SDK_DISABLED: '1' });
    expect(stderr).toBe('flow: OTEL_SDK_DISABLED is "1"; use one of true, false (false is used)\n');
    expect(spans).toHaveLength(1);
  });
});
