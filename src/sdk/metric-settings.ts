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
    exporters: sending(reader, 'OTEL_METRICS_EXPORTER', exporters ?? [SETTINGS.OTEL_METRICS_EXPORTER.default]),
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

/** `none` wins over what stands beside it, which is reported. */
export function sending(
  reader: SettingReader,
  setting: 'OTEL_TRACES_EXPORTER' | 'OTEL_METRICS_EXPORTER' | 'OTEL_LOGS_EXPORTER',
  names: readonly ('otlp' | 'console' | 'none')[],
): readonly ('otlp' | 'console')[] {
  const others = names.filter((name) => name !== 'none');
  if (others.length === names.length) return others;
  if (others.length > 0) reader.report(setting, `use ${others.join(',')} without none, or none alone (none is used)`);
  return [];
}
