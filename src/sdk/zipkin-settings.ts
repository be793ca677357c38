// SPDX-License-Identifier: Apache-2.0
import { url } from './otlp-settings.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS } from './settings.ts';

/** Where spans go in Zipkin's form. */
export interface ZipkinSettings {
  readonly url: string;
  readonly timeoutMillis: number;
}

export function readZipkinSettings(reader: SettingReader): ZipkinSettings {
  return {
    url: url(reader, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT', '') ?? SETTINGS.OTEL_EXPORTER_ZIPKIN_ENDPOINT.default,
    timeoutMillis:
      reader.timeout('OTEL_EXPORTER_ZIPKIN_TIMEOUT') ?? Number(SETTINGS.OTEL_EXPORTER_ZIPKIN_TIMEOUT.default),
  };
}
