// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';

import type { SignalName } from './otlp-signal.ts';
import { FORMS } from './setting-forms.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS, type SettingName } from './settings.ts';

/** Where and how one signal is sent: resolved once, so that the exporter and the delivery at exit agree. */
export interface OtlpSettings {
  readonly protocol: 'http/protobuf' | 'http/json' | 'grpc';
  readonly url: string;
  /** Whether somebody named a receiver, usable or not, or the default is used. */
  readonly named: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  readonly compression: 'none' | 'gzip';
  /** Paths of PEM files, read when the first request is sent. */
  readonly certificateFile: string | undefined;
  readonly clientKeyFile: string | undefined;
  readonly clientCertificateFile: string | undefined;
}

/** The service of each signal, which is the path of its requests over gRPC. */
const SERVICES: Readonly<Record<SignalName, string>> = {
  TRACES: 'opentelemetry.proto.collector.trace.v1.TraceService/Export',
  METRICS: 'opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  LOGS: 'opentelemetry.proto.collector.logs.v1.LogsService/Export',
};
const GRPC_ORIGIN = 'http://localhost:4317';
const GRPC_FIX = `use a URL or host:port without path, such as ${GRPC_ORIGIN}`;

/** The signal's own variables win over the general ones; an unusable one is reported, once, and passed over. */
export function readOtlpSettings(reader: SettingReader, signal: SignalName): OtlpSettings {
  const file = (name: 'CERTIFICATE' | 'CLIENT_KEY' | 'CLIENT_CERTIFICATE'): string | undefined =>
    readable(reader, `OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? readable(reader, `OTEL_EXPORTER_OTLP_${name}`);
  const ownEndpoint = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT` as const;
  const protocol =
    reader.choice(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ??
    reader.choice('OTEL_EXPORTER_OTLP_PROTOCOL') ??
    SETTINGS.OTEL_EXPORTER_OTLP_PROTOCOL.default;
  const insecure =
    reader.choice(`OTEL_EXPORTER_OTLP_${signal}_INSECURE`) ?? reader.choice('OTEL_EXPORTER_OTLP_INSECURE') ?? 'false';
  return {
    protocol,
    url: protocol === 'grpc' ? grpcUrl(reader, signal, insecure) : httpUrl(reader, signal),
    named: (reader.text(ownEndpoint) ?? reader.text('OTEL_EXPORTER_OTLP_ENDPOINT')) !== undefined,
    headers: {
      ...reader.pairs('OTEL_EXPORTER_OTLP_HEADERS', true),
      ...reader.pairs(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, true),
    },
    timeoutMillis:
      reader.timeout(`OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`) ??
      reader.timeout('OTEL_EXPORTER_OTLP_TIMEOUT') ??
      Number(SETTINGS.OTEL_EXPORTER_OTLP_TIMEOUT.default),
    compression:
      reader.choice(`OTEL_EXPORTER_OTLP_${signal}_COMPRESSION`) ??
      reader.choice('OTEL_EXPORTER_OTLP_COMPRESSION') ??
      SETTINGS.OTEL_EXPORTER_OTLP_COMPRESSION.default,
    certificateFile: file('CERTIFICATE'),
    clientKeyFile: file('CLIENT_KEY'),
    clientCertificateFile: file('CLIENT_CERTIFICATE'),
  };
}

function readable(reader: SettingReader, name: SettingName): string | undefined {
  const path = reader.text(name);
  if (path === undefined) return undefined;
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch (error) {
    reader.report(name, `use a PEM file that can be read (it is ignored): ${(error as NodeJS.ErrnoException).code}`);
    return undefined;
  }
}

function httpUrl(reader: SettingReader, signal: SignalName): string {
  const path = `v1/${signal.toLowerCase()}`;
  return (
    url(reader, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, '') ??
    url(reader, 'OTEL_EXPORTER_OTLP_ENDPOINT', path) ??
    `${SETTINGS.OTEL_EXPORTER_OTLP_ENDPOINT.default}/${path}`
  );
}

/** Where there is no scheme, `…_INSECURE` decides. */
function grpcUrl(reader: SettingReader, signal: SignalName, insecure: 'true' | 'false'): string {
  const origin = (name: SettingName): string | undefined => {
    const value = reader.text(name);
    if (value === undefined) return undefined;
    const scheme = insecure === 'true' ? 'http' : 'https';
    const full = /^https?:\/\//i.test(value) ? value : `${scheme}://${value}`;
    const parsed = URL.canParse(full) ? new URL(full) : undefined;
    if (parsed === undefined || full.indexOf('://', full.indexOf('://') + 3) > 0) {
      reader.report(name, `${GRPC_FIX} (the default is used)`, withoutCredentials(value));
      return undefined;
    }
    // The general endpoint may have a path for the sake of signals that go over HTTP.
    if (parsed.pathname !== '/' && name !== 'OTEL_EXPORTER_OTLP_ENDPOINT')
      reader.report(name, `${GRPC_FIX} (the path is ignored)`, withoutCredentials(value));
    return parsed.origin;
  };
  const known = origin(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? origin('OTEL_EXPORTER_OTLP_ENDPOINT') ?? GRPC_ORIGIN;
  return `${known}/${SERVICES[signal]}`;
}

/** The path that a gRPC request for a signal goes to, beneath an origin. */
export function grpcPath(signal: SignalName): string {
  return SERVICES[signal];
}

/** An endpoint for HTTP with the path of a signal, or with none to be used as it is. */
export function url(reader: SettingReader, name: SettingName, path: string): string | undefined {
  const value = reader.text(name);
  if (value === undefined) return undefined;
  // `localhost:4318` parses, with `localhost:` as its protocol.
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') {
    // A query of the address stays behind the path.
    if (path !== '') parsed.pathname = parsed.pathname.replace(/\/?$/, `/${path}`);
    return parsed.href;
  }
  reader.report(name, `use ${FORMS['url']} (the default is used)`, withoutCredentials(value));
  return undefined;
}

const withoutCredentials = (value: string): string => value.replace(/\/\/[^/]*@/, '//(not shown)@');
