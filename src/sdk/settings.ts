// SPDX-License-Identifier: Apache-2.0
import { CONTROL_SETTINGS } from './control-settings.ts';

const TELEMETRY_SETTINGS = {
  FLOW_ATOF_FILE: { form: 'file', default: '', meaning: 'Write ATOF events to this JSONL file.' },
  FLOW_ATIF_DIR: { form: 'folder', default: '', meaning: 'Write ATIF trajectories into this folder.' },
  FLOW_ATIF_VERSION: { values: ['1.7', '1.6'], default: '1.7', meaning: 'Version of the ATIF documents.' },
  FLOW_SEMCONV: {
    values: ['gen_ai', 'openinference', 'atof'],
    default: 'gen_ai',
    meaning:
      'Dialects in which spans are written, a list. Names, numbers and outcome are `gen_ai.*` attributes in each of them; content is only in those listed. `openinference` takes an attribute for each part of a message: long conversations need a higher `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.',
  },
  OPENINFERENCE_HIDE_INPUTS: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'Of `openinference` content: hide all that went in.',
  },
  OPENINFERENCE_HIDE_OUTPUTS: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for all that came out.',
  },
  OPENINFERENCE_HIDE_INPUT_MESSAGES: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for messages of requests and for texts to embed.',
  },
  OPENINFERENCE_HIDE_OUTPUT_MESSAGES: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for messages of responses.',
  },
  OPENINFERENCE_HIDE_INPUT_IMAGES: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for images in messages of requests.',
  },
  OPENINFERENCE_HIDE_INPUT_TEXT: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for texts in messages of requests and for texts to embed.',
  },
  OPENINFERENCE_HIDE_OUTPUT_TEXT: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for texts in messages of responses.',
  },
  OPENINFERENCE_HIDE_LLM_INVOCATION_PARAMETERS: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for the parameters of requests.',
  },
  OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH: { form: 'count', default: '32000', meaning: 'Longest base64 image in it.' },
  FLOW_STREAM_USAGE: {
    values: ['request', 'off'],
    default: 'off',
    meaning: '`request` asks chat streams for token usage and hides the extra chunk from the application.',
  },
  FLOW_CHUNK_MARKS: {
    values: ['true', 'false'],
    default: 'false',
    meaning:
      'Each chunk of a model stream is an `llm.chunk` mark for subscribers and files: when, which kind, never content.',
  },
  FLOW_PROPAGATE_TO_MODELS: {
    values: ['off', 'traceparent', 'session'],
    default: 'off',
    meaning:
      'What requests to models carry, a list: `traceparent` the trace context of the call, `session` the sessions of the agents around it (`x-dynamo-session-id`, `x-dynamo-parent-session-id`).',
  },
  FLOW_MARKS: {
    values: ['event', 'span'],
    default: 'event',
    meaning: 'Whether a mark is an event of the span of its scope, or a span of no length beneath it.',
  },
  FLOW_METRICS_NAMES: {
    values: ['latest', 'legacy'],
    default: 'latest',
    meaning:
      'Names of the GenAI metrics: those of the newest conventions, or those of version 1.41 that older dashboards read.',
  },
  FLOW_EXIT_TIMEOUT_MS: {
    form: 'count',
    default: '2000',
    meaning: 'How long the end of the process may wait until what is recorded has been delivered; 0 does not wait.',
  },
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: {
    values: ['false', 'NO_CONTENT', 'true', 'SPAN_ONLY', 'EVENT_ONLY', 'SPAN_AND_EVENT'],
    default: 'false',
    meaning: 'Record payloads on spans (`true`, `SPAN_ONLY`), on log records, or on both.',
  },
  OTEL_SDK_DISABLED: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'No spans and no files; policy stays in force.',
  },
  OTEL_SERVICE_NAME: {
    form: 'name',
    default: 'unknown_service:node',
    meaning: 'The resource attribute `service.name`.',
  },
  OTEL_RESOURCE_ATTRIBUTES: { form: 'pairs', default: '', meaning: 'Further resource attributes.' },
  OTEL_NODE_RESOURCE_DETECTORS: {
    values: ['all', 'none', 'env', 'host', 'os', 'process', 'serviceinstance'],
    default: 'all',
    meaning:
      'What is detected about the process, a list. Command-line arguments are never recorded: they hold secrets.',
  },
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: { form: 'names', default: '', meaning: 'Only these make spans, a list.' },
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: { form: 'names', default: '', meaning: 'These make no spans, a list.' },
  OTEL_LOG_LEVEL: {
    values: ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'],
    default: 'none',
    meaning: "OpenTelemetry's own diagnostics, to standard error.",
  },
  OTEL_PROPAGATORS: {
    values: ['tracecontext', 'baggage', 'b3', 'b3multi', 'none'],
    default: 'tracecontext,baggage',
    meaning: 'Formats in which context crosses process boundaries, a list.',
  },
  OTEL_TRACES_EXPORTER: {
    values: ['otlp', 'console', 'none', 'atof', 'atif'],
    default: 'otlp',
    meaning:
      'Where spans go, a list. `atof` and `atif` are short for `FLOW_ATOF_FILE` and `FLOW_ATIF_DIR` under `./flow/`.',
  },
  OTEL_METRICS_EXPORTER: { values: ['otlp', 'console', 'none'], default: 'otlp', meaning: 'Where metrics go, a list.' },
  OTEL_LOGS_EXPORTER: {
    values: ['otlp', 'console', 'none'],
    default: 'otlp',
    meaning: 'Where log records go, a list.',
  },
  OTEL_TRACES_SAMPLER: {
    values: [
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
      'always_on',
      'always_off',
      'traceidratio',
    ],
    default: 'parentbased_always_on',
    meaning: 'Which traces are recorded as spans. Files and policy do not depend on it.',
  },
  OTEL_TRACES_SAMPLER_ARG: { form: 'ratio', default: '1', meaning: 'The ratio of the ratio samplers.' },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    values: ['http/protobuf', 'http/json'],
    default: 'http/protobuf',
    meaning: 'Encoding of OTLP; `grpc` comes later.',
  },
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: {
    values: ['http/protobuf', 'http/json'],
    default: '',
    meaning: 'The same for traces only.',
  },
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: {
    values: ['http/protobuf', 'http/json'],
    default: '',
    meaning: 'The same for metrics only.',
  },
  OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: {
    values: ['http/protobuf', 'http/json'],
    default: '',
    meaning: 'The same for log records only.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    form: 'url',
    default: 'http://localhost:4318',
    meaning: 'Base URL of the OTLP receiver; `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended.',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: { form: 'url', default: '', meaning: 'Full URL for traces, used as it is.' },
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: { form: 'url', default: '', meaning: 'Full URL for metrics, used as it is.' },
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: { form: 'url', default: '', meaning: 'Full URL for log records, used as it is.' },
  OTEL_EXPORTER_OTLP_HEADERS: { form: 'pairs', default: '', meaning: 'Headers of OTLP requests.' },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: { form: 'pairs', default: '', meaning: 'The same for traces; wins per header.' },
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: { form: 'pairs', default: '', meaning: 'The same for metrics; wins per header.' },
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: {
    form: 'pairs',
    default: '',
    meaning: 'The same for log records; wins per header.',
  },
  OTEL_EXPORTER_OTLP_TIMEOUT: { form: 'positive', default: '10000', meaning: 'Milliseconds for one OTLP export.' },
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: { form: 'positive', default: '', meaning: 'The same for traces only.' },
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: { form: 'positive', default: '', meaning: 'The same for metrics only.' },
  OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: { form: 'positive', default: '', meaning: 'The same for log records only.' },
  OTEL_EXPORTER_OTLP_COMPRESSION: {
    values: ['none', 'gzip'],
    default: 'none',
    meaning: 'Compression of OTLP requests.',
  },
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: {
    values: ['none', 'gzip'],
    default: '',
    meaning: 'The same for traces only.',
  },
  OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: {
    values: ['none', 'gzip'],
    default: '',
    meaning: 'The same for metrics only.',
  },
  OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: {
    values: ['none', 'gzip'],
    default: '',
    meaning: 'The same for log records only.',
  },
  OTEL_EXPORTER_OTLP_CERTIFICATE: { form: 'file', default: '', meaning: 'Certificates to trust.' },
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: { form: 'file', default: '', meaning: 'The same for traces only.' },
  OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: { form: 'file', default: '', meaning: 'The same for metrics only.' },
  OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: { form: 'file', default: '', meaning: 'The same for log records only.' },
  OTEL_EXPORTER_OTLP_CLIENT_KEY: { form: 'file', default: '', meaning: "The client's private key (mTLS)." },
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: { form: 'file', default: '', meaning: 'The same for traces only.' },
  OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: { form: 'file', default: '', meaning: 'The same for metrics only.' },
  OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: { form: 'file', default: '', meaning: 'The same for log records only.' },
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: { form: 'file', default: '', meaning: "The client's certificate (mTLS)." },
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: { form: 'file', default: '', meaning: 'The same for traces only.' },
  OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: { form: 'file', default: '', meaning: 'The same for metrics only.' },
  OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: { form: 'file', default: '', meaning: 'The same for log records only.' },
  OTEL_BSP_SCHEDULE_DELAY: { form: 'count', default: '5000', meaning: 'Milliseconds between two exports of spans.' },
  OTEL_BSP_EXPORT_TIMEOUT: { form: 'positive', default: '30000', meaning: 'Milliseconds that one batch may take.' },
  OTEL_BSP_MAX_QUEUE_SIZE: {
    form: 'positive',
    default: '2048',
    meaning: 'Spans that may wait; more are dropped and counted.',
  },
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: { form: 'positive', default: '512', meaning: 'Spans per export.' },
  OTEL_BLRP_SCHEDULE_DELAY: { form: 'count', default: '1000', meaning: 'The same for log records.' },
  OTEL_BLRP_EXPORT_TIMEOUT: { form: 'positive', default: '30000', meaning: 'The same for log records.' },
  OTEL_BLRP_MAX_QUEUE_SIZE: { form: 'positive', default: '2048', meaning: 'Log records that may wait.' },
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: { form: 'positive', default: '512', meaning: 'Log records per export.' },
  OTEL_METRIC_EXPORT_INTERVAL: {
    form: 'positive',
    default: '60000',
    meaning: 'Milliseconds between two collections of metrics.',
  },
  OTEL_METRIC_EXPORT_TIMEOUT: { form: 'positive', default: '30000', meaning: 'Milliseconds that each may take.' },
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: {
    values: ['cumulative', 'delta', 'lowmemory'],
    default: 'cumulative',
    meaning: 'Whether metrics count from the start or since the last export.',
  },
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: {
    values: ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'],
    default: 'explicit_bucket_histogram',
    meaning: 'Form of histograms.',
  },
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
  OTEL_CONFIG_FILE: { form: 'file', default: '', meaning: 'Declarative configuration. Not supported yet: ignored.' },
} as const;

/** Every environment variable that the start reads. The README's table is generated from this one, so the order is for readers. */
export const SETTINGS: typeof CONTROL_SETTINGS & typeof TELEMETRY_SETTINGS = {
  ...CONTROL_SETTINGS,
  ...TELEMETRY_SETTINGS,
};

/** Name of an environment variable that the start reads. */
export type SettingName = keyof typeof SETTINGS;
