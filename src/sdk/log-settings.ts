// SPDX-License-Identifier: Apache-2.0
import { readBatchSettings } from './batch-settings.ts';
import type { BatchSettings } from './delivery.ts';
import { sending } from './metric-settings.ts';
import { type OtlpSettings, readOtlpSettings } from './otlp-settings.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

/** Where log records go, and what one may hold. */
export interface LogSettings {
  readonly exporters: readonly ('otlp' | 'console')[];
  /** Whether somebody named the exporters, or the default is used. */
  readonly named: boolean;
  readonly otlp: OtlpSettings;
  readonly batch: BatchSettings;
  readonly limits: { readonly attributeCountLimit: number; readonly attributeValueLengthLimit: number };
}

/** `general` are the limits of attributes where log records have none of their own. */
export function readLogSettings(reader: SettingReader, general: LogSettings['limits']): LogSettings {
  const exporters = reader.list('OTEL_LOGS_EXPORTER');
  return {
    exporters: sending(reader, 'OTEL_LOGS_EXPORTER', exporters ?? [SETTINGS.OTEL_LOGS_EXPORTER.default]),
    named: exporters !== undefined,
    otlp: readOtlpSettings(reader, 'LOGS'),
    batch: readBatchSettings(reader, 'BLRP'),
    limits: {
      attributeCountLimit: reader.whole('OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 0) ?? general.attributeCountLimit,
      attributeValueLengthLimit:
        reader.whole('OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', 0) ?? general.attributeValueLengthLimit,
    },
  };
}
