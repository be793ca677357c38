// SPDX-License-Identifier: Apache-2.0
import type { BatchSettings } from './delivery.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

/** Batching of spans (`BSP`) or log records (`BLRP`). */
export function readBatchSettings(reader: SettingReader, processor: 'BSP' | 'BLRP'): BatchSettings {
  const whole = (name: 'SCHEDULE_DELAY' | 'EXPORT_TIMEOUT' | 'MAX_QUEUE_SIZE', minimum: number): number =>
    reader.whole(`OTEL_${processor}_${name}`, minimum) ?? Number(SETTINGS[`OTEL_${processor}_${name}`].default);
  const maxQueueSize = whole('MAX_QUEUE_SIZE', 1);
  const sizeName = `OTEL_${processor}_MAX_EXPORT_BATCH_SIZE` as const;
  const asked = reader.whole(sizeName, 1);
  if (asked !== undefined && asked > maxQueueSize) {
    reader.report(sizeName, `use at most OTEL_${processor}_MAX_QUEUE_SIZE (${maxQueueSize} is used)`);
  }
  return {
    scheduledDelayMillis: whole('SCHEDULE_DELAY', 0),
    exportTimeoutMillis: whole('EXPORT_TIMEOUT', 1),
    maxQueueSize,
    maxExportBatchSize: Math.min(asked ?? Number(SETTINGS[sizeName].default), maxQueueSize),
  };
}
