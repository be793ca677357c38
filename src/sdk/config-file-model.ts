// SPDX-License-Identifier: Apache-2.0

/** What we read of a configuration file, under the names of its schema. A part that nobody needs to look into is `object`. */
export interface ConfigModel {
  readonly disabled?: boolean | null;
  readonly log_level?: string | null;
  readonly attribute_limits?: object | null;
  readonly propagator?: object | null;
  readonly resource?: ResourceModel | null;
  readonly tracer_provider?: {
    readonly processors: readonly ProcessorModel[];
    readonly limits?: object | null;
    readonly sampler?: object | null;
    readonly id_generator?: object | null;
  } | null;
  readonly meter_provider?: {
    readonly readers: readonly ReaderModel[];
    readonly views?: readonly object[] | null;
  } | null;
  readonly logger_provider?: { readonly processors: readonly ProcessorModel[]; readonly limits?: object | null } | null;
  readonly distribution?: Readonly<Record<string, unknown>> | null;
}

/** `resource`. */
export interface ResourceModel {
  readonly attributes?: readonly { readonly name: string; readonly value: unknown }[] | null;
  readonly attributes_list?: string | null;
  readonly schema_url?: string | null;
  readonly 'detection/development'?: {
    readonly detectors?: readonly Readonly<Record<string, unknown>>[] | null;
  } | null;
}

/** A span processor or log record processor: one entry, `batch` or `simple`. */
export type ProcessorModel = Readonly<Record<string, BatchModel | null | undefined>>;

/** What is within it. */
export interface BatchModel {
  readonly schedule_delay?: number | null;
  readonly export_timeout?: number | null;
  readonly max_queue_size?: number | null;
  readonly max_export_batch_size?: number | null;
  readonly exporter: ExporterModel;
}

/** An exporter: one entry, such as `otlp_http`, `otlp_grpc` or `console`. */
export type ExporterModel = Readonly<Record<string, OtlpModel | null | undefined>>;

/** What is within it. */
export interface OtlpModel {
  readonly endpoint?: string | null;
  readonly encoding?: string | null;
  readonly compression?: string | null;
  readonly timeout?: number | null;
  readonly headers?: readonly object[] | null;
  readonly headers_list?: string | null;
  readonly temporality_preference?: string | null;
  readonly default_histogram_aggregation?: string | null;
  readonly tls?: {
    readonly insecure?: boolean | null;
    readonly ca_file?: string | null;
    readonly cert_file?: string | null;
    readonly key_file?: string | null;
  } | null;
}

/** A metric reader: one entry, `periodic` or `pull`. */
export interface ReaderModel {
  readonly periodic?: {
    readonly interval?: number | null;
    readonly timeout?: number | null;
    readonly exporter: ExporterModel;
  } | null;
  readonly pull?: { readonly exporter: Readonly<Record<string, PrometheusModel | null | undefined>> } | null;
}

/** What is within `prometheus/development`. */
export interface PrometheusModel {
  readonly host?: string | null;
  readonly port?: number | null;
  readonly scope_info_enabled?: boolean | null;
  readonly 'target_info_enabled/development'?: boolean | null;
}
