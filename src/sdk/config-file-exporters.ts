// SPDX-License-Identifier: Apache-2.0
import type { BatchModel, ExporterModel, OtlpModel, ProcessorModel } from './config-file-model.ts';
import { headersFromFile } from './config-file-parts.ts';
import type { BatchSettings } from './delivery.ts';
import { grpcPath, type OtlpSettings } from './otlp-settings.ts';
import type { SignalName } from './otlp-signal.ts';

/** Where a processor or reader of the file sends to. Throws on an exporter that is not known. */
export type FileExporter = { readonly console: true } | { readonly console: false; readonly otlp: OtlpSettings };

/** Beyond it timers fire at once; it stands for no limit. */
const LONGEST = 2 ** 31 - 1;

export function exporterFromFile(signal: SignalName, exporter: ExporterModel): FileExporter {
  const [name, model] = onlyEntry(exporter);
  if (name === 'console') return { console: true };
  if (name === 'otlp_http' || name === 'otlp_grpc')
    return { console: false, otlp: otlpFromFile(signal, name === 'otlp_grpc', model ?? {}) };
  throw new Error(`unknown exporter ${name}; use otlp_http, otlp_grpc or console`);
}

/** A processor of spans or log records: what it batches, and where to. */
export function processorFromFile(
  signal: SignalName,
  processor: ProcessorModel,
  scheduledDelayMillis: number,
): FileExporter & { readonly batch: BatchSettings } {
  const [name, model] = onlyEntry(processor);
  if ((name !== 'batch' && name !== 'simple') || !model)
    throw new Error(`unknown processor ${name}; use batch or simple`);
  // A simple one exports as soon as the application's own call is over.
  const batch = name === 'batch' ? model : { exporter: model.exporter, schedule_delay: 0 };
  return { ...exporterFromFile(signal, model.exporter), batch: batchFromFile(batch, scheduledDelayMillis) };
}

/** A limit of time; the schema has 0 for none. */
export function limitFromFile(millis: number | null | undefined, fallback: number): number {
  return millis === 0 ? LONGEST : (millis ?? fallback);
}

function batchFromFile(model: BatchModel, scheduledDelayMillis: number): BatchSettings {
  const maxQueueSize = model.max_queue_size ?? 2048;
  return {
    scheduledDelayMillis: model.schedule_delay ?? scheduledDelayMillis,
    exportTimeoutMillis: limitFromFile(model.export_timeout, 30_000),
    maxQueueSize,
    maxExportBatchSize: Math.min(model.max_export_batch_size ?? 512, maxQueueSize),
  };
}

function otlpFromFile(signal: SignalName, grpc: boolean, model: OtlpModel): OtlpSettings {
  const { endpoint, tls, headers, headers_list } = model;
  return {
    protocol: grpc ? 'grpc' : model.encoding === 'json' ? 'http/json' : 'http/protobuf',
    url: grpc
      ? `${grpcOrigin(endpoint ?? 'http://localhost:4317', tls?.insecure === true)}/${grpcPath(signal)}`
      : checked(endpoint ?? `http://localhost:4318/v1/${signal.toLowerCase()}`, endpoint).href,
    named: true,
    headers: headersFromFile(headers, headers_list),
    timeoutMillis: limitFromFile(model.timeout, 10_000),
    compression: model.compression === 'gzip' ? 'gzip' : 'none',
    certificateFile: tls?.ca_file ?? undefined,
    clientKeyFile: tls?.key_file ?? undefined,
    clientCertificateFile: tls?.cert_file ?? undefined,
  };
}

function grpcOrigin(endpoint: string, insecure: boolean): string {
  const full = /^https?:\/\//i.test(endpoint) ? endpoint : `${insecure ? 'http' : 'https'}://${endpoint}`;
  return checked(full, endpoint).origin;
}

function checked(url: string, endpoint: string | null | undefined): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw new Error(`the endpoint ${endpoint} is no http:// or https:// URL`);
}

function onlyEntry<T>(entries: Readonly<Record<string, T>>): [name: string, value: T] {
  const [first, ...others] = Object.entries(entries).filter(([, value]) => value !== undefined);
  if (first === undefined || others.length > 0)
    throw new Error(`one entry is expected, not ${JSON.stringify(Object.keys(entries))}`);
  return first;
}
