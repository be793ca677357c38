// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

describe('the batches of spans', () => {
  it.each<Protocol>(['http/protobuf', 'http/json', 'grpc'])(
    'hold at most OTEL_BSP_MAX_EXPORT_BATCH_SIZE, and OTEL_BSP_MAX_QUEUE_SIZE may wait, over %s',
    async (protocol) => {
      const env = {
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
        OTEL_BSP_MAX_QUEUE_SIZE: '4',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
      };
      const code = `for (let i = 0; i < 9; i++) span('s' + i);`;
      const { spans, http, grpc, stderr } = await runEverySignal(env, code, [protocol, 'http/json', 'http/json']);
      // What is being sent is not waiting any more: one batch beside the queue.
      expect(spans).toHaveLength(6);
      expect(http.length + grpc.length).toBe(3);
      expect(stderr).toMatch(/^flow: 3 spans lost .*the queue is full; see OTEL_BSP_MAX_QUEUE_SIZE/);
    },
  );

  it('are sent every OTEL_BSP_SCHEDULE_DELAY milliseconds while the process runs', async () => {
    // A process that is killed delivers nothing at its end.
    const code = `
      const { subscribe } = await import('node:diagnostics_channel');
      subscribe('http.client.response.finish', () => process.kill(process.pid, 'SIGKILL'));
      span('early');
      setInterval(() => {}, 1000);`;
    const { signal, spans } = await runEverySignal({ OTEL_BSP_SCHEDULE_DELAY: '1' }, code);
    expect(signal).toBe('SIGKILL');
    expect(spans).toMatchObject([{ name: 'early' }]);
  });

  it('may take OTEL_BSP_EXPORT_TIMEOUT, where 0 is no limit', () => {
    const timeout = (value: string): number =>
      readSettings({ OTEL_BSP_EXPORT_TIMEOUT: value }).batch.exportTimeoutMillis;
    expect([timeout(''), timeout('123'), timeout('0'), timeout('-1')]).toEqual([30_000, 123, 2 ** 31 - 1, 30_000]);
  });
});
