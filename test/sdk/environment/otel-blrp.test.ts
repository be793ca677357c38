// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

describe('the batches of log records', () => {
  it.each<Protocol>(['http/protobuf', 'http/json', 'grpc'])(
    'hold at most OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, and OTEL_BLRP_MAX_QUEUE_SIZE may wait, over %s',
    async (protocol) => {
      const env = { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '2', OTEL_BLRP_MAX_QUEUE_SIZE: '4' };
      const code = `for (let i = 0; i < 9; i++) logger.emit({ body: i });`;
      const { logs, http, grpc, stderr } = await runEverySignal(env, code, ['http/json', 'http/json', protocol]);
      expect(logs).toHaveLength(6);
      expect(http.length + grpc.length).toBe(3);
      expect(stderr).toMatch(/3 log records lost .*the queue is full; see OTEL_BLRP_MAX_QUEUE_SIZE/);
    },
  );

  it('are sent after OTEL_BLRP_SCHEDULE_DELAY and may take OTEL_BLRP_EXPORT_TIMEOUT', () => {
    const { logs, warnings } = readSettings({ OTEL_BLRP_SCHEDULE_DELAY: '7', OTEL_BLRP_EXPORT_TIMEOUT: '0' });
    expect(logs.batch).toMatchObject({ scheduledDelayMillis: 7, exportTimeoutMillis: 2 ** 31 - 1 });
    expect(readSettings({}).logs.batch).toMatchObject({ scheduledDelayMillis: 1000, exportTimeoutMillis: 30_000 });
    expect(warnings).toEqual([]);
  });
});
