// SPDX-License-Identifier: Apache-2.0

/** The rows of the table of settings that say where telemetry goes, and how. */
export const EXPORTER_SETTINGS = {
  OTEL_TRACES_EXPORTER: {
    values: ['otlp', 'console', 'zipkin', 'none', 'atof', 'atif'],
    default: 'otlp',
    meaning:
      'Where spans go, a list. `atof` and `atif` are short for `FLOW_ATOF_FILE` and `FLOW_ATIF_DIR` under `./flow/`.',
  },
  OTEL_METRICS_EXPORTER: {
    values: ['otlp', 'console', 'prometheus', 'none'],
    default: 'otlp',
    meaning: 'Where metrics go, a list. `prometheus` waits to be asked.',
  },
  OTEL_LOGS_EXPORTER: {
    values: ['otlp', 'console', 'none'],
    default: 'otlp',
    meaning: 'Where log records go, a list.',
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    values: ['http/protobuf', 'http/json', 'grpc'],
    default: 'http/protobuf',
    meaning: 'How OTLP is sent. The port of gRPC usually is 4317, that of HTTP 4318.',
  },
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: {
    values: ['http/protobuf', 'http/json', 'grpc'],
    default: '',
    meaning: 'The same for traces only.',
  },
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: {
    values: ['http/protobuf', 'http/json', 'grpc'],
    default: '',
    meaning: 'The same for metrics only.',
  },
  OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: {
    values: ['http/protobuf', 'http/json', 'grpc'],
    default: '',
    meaning: 'The same for log records only.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    form: 'url',
    default: 'http://localhost:4318',
    meaning:
      'Base URL of the OTLP receiver; `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended. For gRPC a URL or `host:port` without path, default `http://localhost:4317`.',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: { form: 'url', default: '', meaning: 'Full URL for traces, used as it is.' },
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: { form: 'url', default: '', meaning: 'Full URL for metrics, used as it is.' },
  OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: { form: 'url', default: '', meaning: 'Full URL for log records, used as it is.' },
  OTEL_EXPORTER_OTLP_INSECURE: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'Whether gRPC to an endpoint without http:// or https:// goes unencrypted.',
  },
  OTEL_EXPORTER_OTLP_TRACES_INSECURE: {
    values: ['true', 'false'],
    default: '',
    meaning: 'The same for traces only.',
  },
  OTEL_EXPORTER_OTLP_METRICS_INSECURE: {
    values: ['true', 'false'],
    default: '',
    meaning: 'The same for metrics only.',
  },
  OTEL_EXPORTER_OTLP_LOGS_INSECURE: {
    values: ['true', 'false'],
    default: '',
    meaning: 'The same for log records only.',
  },
  OTEL_EXPORTER_OTLP_HEADERS: { form: 'pairs', default: '', meaning: 'Headers of OTLP requests.' },
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: { form: 'pairs', default: '', meaning: 'The same for traces; wins per header.' },
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: { form: 'pairs', default: '', meaning: 'The same for metrics; wins per header.' },
  OTEL_EXPORTER_OTLP_LOGS_HEADERS: {
    form: 'pairs',
    default: '',
    meaning: 'The same for log records; wins per header.',
  },
  OTEL_EXPORTER_OTLP_TIMEOUT: { form: 'timeout', default: '10000', meaning: 'Milliseconds for one OTLP export.' },
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: { form: 'timeout', default: '', meaning: 'The same for traces only.' },
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: { form: 'timeout', default: '', meaning: 'The same for metrics only.' },
  OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: { form: 'timeout', default: '', meaning: 'The same for log records only.' },
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
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: {
    form: 'url',
    default: 'http://localhost:9411/api/v2/spans',
    meaning: 'Full URL of the Zipkin receiver.',
  },
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: { form: 'timeout', default: '10000', meaning: 'Milliseconds for one export to it.' },
  OTEL_EXPORTER_PROMETHEUS_HOST: { form: 'name', default: 'localhost', meaning: 'Where Prometheus finds `/metrics`.' },
  OTEL_EXPORTER_PROMETHEUS_PORT: { form: 'port', default: '9464', meaning: 'The port of that.' },
} as const;
