// SPDX-License-Identifier: Apache-2.0

/** The rows of the table of settings between recording and sending: batches, collections and limits. */
export const PIPELINE_SETTINGS = {
  OTEL_BSP_SCHEDULE_DELAY: { form: 'count', default: '5000', meaning: 'Milliseconds between two exports of spans.' },
  OTEL_BSP_EXPORT_TIMEOUT: { form: 'timeout', default: '30000', meaning: 'Milliseconds that one batch may take.' },
  OTEL_BSP_MAX_QUEUE_SIZE: {
    form: 'positive',
    default: '2048',
    meaning: 'Spans that may wait; more are dropped and counted.',
  },
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: { form: 'positive', default: '512', meaning: 'Spans per export.' },
  OTEL_BLRP_SCHEDULE_DELAY: { form: 'count', default: '1000', meaning: 'The same for log records.' },
  OTEL_BLRP_EXPORT_TIMEOUT: { form: 'timeout', default: '30000', meaning: 'The same for log records.' },
  OTEL_BLRP_MAX_QUEUE_SIZE: { form: 'positive', default: '2048', meaning: 'Log records that may wait.' },
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: { form: 'positive', default: '512', meaning: 'Log records per export.' },
  OTEL_METRICS_EXEMPLAR_FILTER: {
    values: ['always_off', 'trace_based', 'always_on'],
    default: 'always_off',
    meaning:
      'Which measurements are kept as exemplars. The OpenTelemetry SDK for JavaScript has none: the others cost one warning.',
  },
  OTEL_METRIC_EXPORT_INTERVAL: {
    form: 'positive',
    default: '60000',
    meaning: 'Milliseconds between two collections of metrics.',
  },
  OTEL_METRIC_EXPORT_TIMEOUT: { form: 'timeout', default: '30000', meaning: 'Milliseconds that each may take.' },
  OTEL_ATTRIBUTE_COUNT_LIMIT: { form: 'count', default: '128', meaning: 'Attributes per span and log record.' },
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    form: 'count',
    default: '',
    meaning: 'Characters per attribute value; unset: no limit.',
  },
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: { form: 'count', default: '', meaning: 'Wins over `OTEL_ATTRIBUTE_COUNT_LIMIT`.' },
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    form: 'count',
    default: '',
    meaning: 'Wins over `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.',
  },
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: {
    form: 'count',
    default: '',
    meaning: 'Wins over `OTEL_ATTRIBUTE_COUNT_LIMIT`.',
  },
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    form: 'count',
    default: '',
    meaning: 'Wins over `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.',
  },
  OTEL_SPAN_EVENT_COUNT_LIMIT: { form: 'count', default: '128', meaning: 'Events per span.' },
  OTEL_SPAN_LINK_COUNT_LIMIT: { form: 'count', default: '128', meaning: 'Links per span.' },
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: { form: 'count', default: '128', meaning: 'Attributes per span event.' },
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: { form: 'count', default: '128', meaning: 'Attributes per link.' },
} as const;
