// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

import { load } from '../instrument/load.ts';
import type { Log } from './log.ts';
import type { PostTarget } from './otlp-post.ts';
import type { OtlpSettings } from './otlp-settings.ts';

const CONTENT_TYPES: Readonly<Record<OtlpSettings['protocol'], string>> = {
  grpc: 'application/grpc',
  'http/json': 'application/json',
  'http/protobuf': 'application/x-protobuf',
};

/** Resolves the settings to what a request needs. An unreadable certificate is reported, and the request made without it. */
export function createTarget(otlp: OtlpSettings, log: Log): PostTarget {
  const read = (file: string | undefined): string | undefined => {
    try {
      return file && readFileSync(file, 'utf8');
    } catch (error) {
      log(
        'warn',
        `OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY must name PEM files that can be read: ${String(error)}`,
      );
      return undefined;
    }
  };
  const ca = read(otlp.certificateFile);
  const cert = read(otlp.clientCertificateFile);
  const key = read(otlp.clientKeyFile);
  const { version } = load<{ version: string }>('../../package.json');
  return {
    grpc: otlp.protocol === 'grpc',
    url: otlp.url,
    compression: otlp.compression,
    headers: {
      'user-agent': `flow-register/${version}`,
      ...Object.fromEntries(Object.entries(otlp.headers).map(([name, value]) => [name.toLowerCase(), value])),
      'content-type': CONTENT_TYPES[otlp.protocol],
    },
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
  };
}
