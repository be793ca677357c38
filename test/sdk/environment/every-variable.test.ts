// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { SETTINGS } from '../../../src/sdk/settings.ts';

const SIGNALS = ['', 'TRACES_', 'METRICS_', 'LOGS_'];
const otlp = (name: string): readonly string[] => SIGNALS.map((signal) => `OTEL_EXPORTER_OTLP_${signal}${name}`);

/** Every variable of the specification's page on environment variables and of the OTLP exporter's, and the test file that shows its effect. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'otel-sdk-disabled': ['OTEL_SDK_DISABLED'],
  'otel-entities': ['OTEL_ENTITIES'],
  'otel-resource-attributes': ['OTEL_RESOURCE_ATTRIBUTES'],
  'otel-service-name': ['OTEL_SERVICE_NAME'],
  'otel-log-level': ['OTEL_LOG_LEVEL'],
  'otel-propagators': ['OTEL_PROPAGATORS'],
  'otel-traces-sampler': ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'],
  'otel-bsp': ['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map(
    (name) => `OTEL_BSP_${name}`,
  ),
  'otel-blrp': ['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map(
    (name) => `OTEL_BLRP_${name}`,
  ),
  'otel-attribute-limits': ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  'otel-span-limits': [
    'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
    'OTEL_SPAN_EVENT_COUNT_LIMIT',
    'OTEL_SPAN_LINK_COUNT_LIMIT',
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
  ],
  'otel-logrecord-limits': ['OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT'],
  'otel-exporter-otlp-endpoint': otlp('ENDPOINT'),
  'otel-exporter-otlp-protocol': otlp('PROTOCOL'),
  'otel-exporter-otlp-headers': otlp('HEADERS'),
  'otel-exporter-otlp-compression': otlp('COMPRESSION'),
  'otel-exporter-otlp-timeout': otlp('TIMEOUT'),
  'otel-exporter-otlp-insecure': otlp('INSECURE'),
  'otel-exporter-otlp-certificate': [...otlp('CERTIFICATE'), ...otlp('CLIENT_KEY'), ...otlp('CLIENT_CERTIFICATE')],
  'otel-exporter-zipkin': ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'OTEL_EXPORTER_ZIPKIN_TIMEOUT'],
  'otel-exporter-prometheus': ['OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT'],
  'otel-exporters': ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'],
  'otel-metrics-exemplar-filter': ['OTEL_METRICS_EXEMPLAR_FILTER'],
  'otel-metric-export': ['OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_TIMEOUT'],
  'otel-exporter-otlp-metrics-temporality-preference': ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
  'otel-exporter-otlp-metrics-default-histogram-aggregation': [
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  ],
  'otel-node-resource-detectors': ['OTEL_NODE_RESOURCE_DETECTORS'],
  'otel-semconv-stability-opt-in': ['OTEL_SEMCONV_STABILITY_OPT_IN'],
  'otel-config-file': ['OTEL_CONFIG_FILE'],
};

/** Settings of instrumentations, tested with them. */
const ELSEWHERE = [
  'OTEL_NODE_ENABLED_INSTRUMENTATIONS',
  'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
  'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
];

describe('every variable of the specification', () => {
  it.each(Object.entries(TABLE).flatMap(([file, names]) => names.map((name) => [name, file] as const)))(
    '%s has its test in %s',
    (name, file) => {
      expect(readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8')).toContain(name);
    },
  );

  it('is in the table of settings, and each there that starts with OTEL_ is in this one', () => {
    const passedOn = ['OTEL_SEMCONV_STABILITY_OPT_IN'];
    const tested = [...Object.values(TABLE).flat(), ...ELSEWHERE].filter((name) => !passedOn.includes(name));
    expect(tested.toSorted()).toEqual(
      Object.keys(SETTINGS)
        .filter((name) => name.startsWith('OTEL_'))
        .toSorted(),
    );
  });

  it('has no test file that nobody lists', () => {
    const files = readdirSync(import.meta.dirname)
      .filter((file) => file.startsWith('otel-'))
      .map((file) => file.replace('.test.ts', ''));
    expect(files.toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });
});
