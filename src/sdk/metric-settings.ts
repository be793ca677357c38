// SPDX-License-Identifier: Apache-2.0
import { type OtlpSettings, readOtlpSettings } from './otlp-settings.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

/** Where metrics go, and in which form. */
export interface MetricSettings {
  readonly exporters: readonly ('otlp' | 'console')[];
  /** Whether somebody named the exporters, or the default is used. */
  readonly named: boolean;
  readonly otlp: OtlpSettings;
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
  readonly temporality: (typeof SETTINGS.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.values)[number];
  readonly histogram: (typeof SETTINGS.OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.values)[number];
}

export function readMetricSettings(reader: SettingReader): MetricSettings {
  const exporters = reader.list('OTEL_METRICS_EXPORTER');
  return {
    exporters: sending(exporters ?? [SETTINGS.OTEL_METRICS_EXPORTER.default]),
    named: exporters !== undefined,
    otlp: readOtlpSettings(reader, 'METRICS'),
    intervalMillis:
      reader.whole('OTEL_METRIC_EXPORT_INTERVAL', 1) ?? Number(SETTINGS.OTEL_METRIC_EXPORT_INTERVAL.default),
    timeoutMillis: reader.whole('OTEL_METRIC_EXPORT_TIMEOUT', 1) ?? Number(SETTINGS.OTEL_METRIC_EXPORT_TIMEOUT.default),
    temporality:
      reader.choice('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE') ??
      SETTINGS.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.default,
    histogram:
      reader.choice('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION') ??
      SETTINGS.OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.default,
  };
}

/** `none` wins over what stands beside it. */
export function sending(names: readonly ('otlp' | 'console' | 'none')[]): readonly ('otlp' | 'console')[] {
  return names.includes('none') ? [] : names.filter((name) => name !== 'none');
}
