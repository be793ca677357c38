// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { createDelivery, type DeliveryOptions } from '../../src/sdk/delivery.ts';

test('an encoder that does not load costs its batch, with the reason, and nobody has to catch it', async () => {
  const lost: unknown[] = [];
  const otlp = {
    url: 'http://localhost:1/v1/traces',
    get protocol(): never {
      throw new Error('EMFILE: too many open files\nRequire stack:');
    },
  };
  const delivery = createDelivery<object>({
    signal: { count: () => 1 },
    otlp,
    batch: { scheduledDelayMillis: 1, exportTimeoutMillis: 1000, maxQueueSize: 10, maxExportBatchSize: 5 },
    optional: false,
    losses: { add: (_: unknown, count: number, reason: string) => lost.push([count, reason]), report: () => undefined },
    log: () => undefined,
  } as unknown as DeliveryOptions<object>);
  delivery.add({});
  delivery.add({});
  await delivery.whenQuiet();
  await delivery.flush();
  expect(lost).toEqual([[2, 'Error: EMFILE: too many open files']]);
  expect(delivery.size).toBe(0);
});
