// SPDX-License-Identifier: Apache-2.0
import type { BatchSettings } from './delivery.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

/** Batching of spans (`BSP`) or log records (`BLRP`). */
export function readBatchSettings(reader: SettingReader, processor: 'BSP' | 'BLRP'): BatchSettings {
  const fallback = (name: 'SCHEDULE_DELAY' | 'EXPORT_TIMEOUT' | 'MAX_QUEUE_SIZE'): number =>
    Number(SETTINGS[`OTEL_${processor}_${name}`].default);
  const maxQueueSize = reader.whole(`OTEL_${processor}_MAX_QUEUE_SIZE`, 1) ?? fallback('MAX_QUEUE_SIZE');
  const sizeName = `OTEL_${processor}_MAX_EXPORT_BATCH_SIZE` as const;
  const asked = reader.whole(sizeName, 1);
  if (asked !== undefined && asked > maxQueueSize) {
    reader.report(sizeName, `use at most OTEL_${processor}_MAX_QUEUE_SIZE (${maxQueueSize} is used)`);
  }
  return {
    scheduledDelayMillis: reader.whole(`OTEL_${processor}_SCHEDULE_DELAY`, 0) ?? fallback('SCHEDULE_DELAY'),
    exportTimeoutMillis: reader.timeout(`OTEL_${processor}_EXPORT_TIMEOUT`) ?? fallback('EXPORT_TIMEOUT'),
    maxQueueSize,
    maxExportBatchSize: Math.min(asked ?? Number(SETTINGS[sizeName].default), maxQueueSize),
  };
}
