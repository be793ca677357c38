// SPDX-License-Identifier: Apache-2.0
import { type OtlpSettings, readOtlpSettings } from './otlp-settings.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

/** Where metrics go, and in which form. */
export interface MetricSettings {
  readonly exporters: readonly ('otlp' | 'console' | 'prometheus')[];
  /** Whether somebody named the exporters, or the default is used. */
  readonly named: boolean;
  readonly otlp: OtlpSettings;
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
  readonly temporality: (typeof SETTINGS.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.values)[number];
  readonly histogram: (typeof SETTINGS.OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.values)[number];
  /** Where `/metrics` can be asked for. */
  readonly prometheus: { readonly host: string; readonly port: number };
}

const EXEMPLARS_FIX = 'use always_off: the OpenTelemetry SDK for JavaScript keeps no exemplars (it is ignored)';

export function readMetricSettings(reader: SettingReader): MetricSettings {
  const exemplars = reader.choice('OTEL_METRICS_EXEMPLAR_FILTER') ?? 'always_off';
  if (exemplars !== 'always_off') reader.report('OTEL_METRICS_EXEMPLAR_FILTER', EXEMPLARS_FIX);
  const exporters = reader.list('OTEL_METRICS_EXPORTER');
  return {
    exporters: sending(reader, 'OTEL_METRICS_EXPORTER', exporters ?? [SETTINGS.OTEL_METRICS_EXPORTER.default]),
    named: exporters !== undefined,
    otlp: readOtlpSettings(reader, 'METRICS'),
    intervalMillis:
      reader.whole('OTEL_METRIC_EXPORT_INTERVAL', 1) ?? Number(SETTINGS.OTEL_METRIC_EXPORT_INTERVAL.default),
    timeoutMillis: reader.timeout('OTEL_METRIC_EXPORT_TIMEOUT') ?? Number(SETTINGS.OTEL_METRIC_EXPORT_TIMEOUT.default),
    temporality:
      reader.choice('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE') ??
      SETTINGS.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE.default,
    histogram:
      reader.choice('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION') ??
      SETTINGS.OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION.default,
    prometheus: {
      host: reader.text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? SETTINGS.OTEL_EXPORTER_PROMETHEUS_HOST.default,
      port:
        reader.whole('OTEL_EXPORTER_PROMETHEUS_PORT', 1, 65_535) ??
        Number(SETTINGS.OTEL_EXPORTER_PROMETHEUS_PORT.default),
    },
  };
}

/** `none` wins over what stands beside it, which is reported. */
export function sending<T extends string>(
  reader: SettingReader,
  setting: 'OTEL_TRACES_EXPORTER' | 'OTEL_METRICS_EXPORTER' | 'OTEL_LOGS_EXPORTER',
  names: readonly (T | 'none')[],
): readonly T[] {
  const others = names.filter((name): name is T => name !== 'none');
  if (others.length === names.length) return others;
  if (others.length > 0) reader.report(setting, `use ${others.join(',')} without none, or none alone (none is used)`);
  return [];
}
