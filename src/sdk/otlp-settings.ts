// SPDX-License-Identifier: Apache-2.0
import type { SignalName } from './otlp-signal.ts';
import { FORMS } from './setting-forms.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS, type SettingName } from './settings.ts';

/** Where and how one signal is sent: resolved once, so that the exporter and the delivery at exit agree. */
export interface OtlpSettings {
  readonly protocol: 'http/protobuf' | 'http/json';
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

const GRPC_FIX = 'grpc comes later; use http/protobuf or http/json, and the HTTP port of the receiver, usually 4318';

/** The signal's own variables win over the general ones; an unusable one is reported, once, and passed over. */
export function readOtlpSettings(reader: SettingReader, signal: SignalName): OtlpSettings {
  const file = (name: 'CERTIFICATE' | 'CLIENT_KEY' | 'CLIENT_CERTIFICATE'): string | undefined =>
    reader.text(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? reader.text(`OTEL_EXPORTER_OTLP_${name}`);
  const path = `v1/${signal.toLowerCase()}`;
  const ownEndpoint = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT` as const;
  return {
    protocol:
      protocol(reader, `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ??
      protocol(reader, 'OTEL_EXPORTER_OTLP_PROTOCOL') ??
      SETTINGS.OTEL_EXPORTER_OTLP_PROTOCOL.default,
    url:
      url(reader, ownEndpoint, '') ??
      url(reader, 'OTEL_EXPORTER_OTLP_ENDPOINT', path) ??
      `${SETTINGS.OTEL_EXPORTER_OTLP_ENDPOINT.default}/${path}`,
    named: (reader.text(ownEndpoint) ?? reader.text('OTEL_EXPORTER_OTLP_ENDPOINT')) !== undefined,
    headers: {
      ...reader.pairs('OTEL_EXPORTER_OTLP_HEADERS', true),
      ...reader.pairs(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, true),
    },
    timeoutMillis:
      reader.whole(`OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`, 1) ??
      reader.whole('OTEL_EXPORTER_OTLP_TIMEOUT', 1) ??
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

function protocol(
  reader: SettingReader,
  name: `OTEL_EXPORTER_OTLP_${SignalName}_PROTOCOL` | 'OTEL_EXPORTER_OTLP_PROTOCOL',
): OtlpSettings['protocol'] | undefined {
  if (reader.text(name)?.toLowerCase() !== 'grpc') return reader.choice(name);
  reader.report(name, GRPC_FIX);
  return undefined;
}

function url(reader: SettingReader, name: SettingName, path: string): string | undefined {
  const value = reader.text(name);
  if (value === undefined) return undefined;
  // `localhost:4318` parses, with `localhost:` as its protocol.
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') {
    return path === '' ? parsed.href : value.replace(/\/?$/, `/${path}`);
  }
  const shown = value.replace(/\/\/[^/]*@/, '//(not shown)@');
  reader.report(name, `use ${FORMS['url']} (the default is used)`, shown);
  return undefined;
}
