// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { startCollector, startGrpcCollector } from '../../support/collector/index.ts';
import type { AppResult } from '../../support/run.ts';
import { ONE_OF_EACH } from '../fixtures/every-signal.ts';
import { runTraced } from '../fixtures/traced-app.ts';

const pem = (name: string): string => join(import.meta.dirname, `../fixtures/tls/${name}.pem`);
const text = (name: string): string => readFileSync(pem(name), 'utf8');
const tls = { cert: text('server'), key: text('server-key'), clientCa: text('ca') };
const CLIENT = {
  OTEL_EXPORTER_OTLP_CERTIFICATE: pem('ca'),
  OTEL_EXPORTER_OTLP_CLIENT_KEY: pem('client-key'),
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: pem('client'),
};

const start = { http: () => startCollector({ tls }), grpc: () => startGrpcCollector({ tls }) };
const PROTOCOLS = { http: 'http/protobuf', grpc: 'grpc' };

interface Outcome extends AppResult {
  /** How many spans, metrics and log records arrived. */
  readonly counts: readonly number[];
}

async function run(kind: 'http' | 'grpc', env: Record<string, string>, code: string): Promise<Outcome> {
  const collector = await start[kind]();
  const to = { OTEL_EXPORTER_OTLP_PROTOCOL: PROTOCOLS[kind], OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const result = await runTraced({ env: { ...to, ...env }, code });
  const counts = [collector.spans, collector.metrics, collector.logs].map(({ length }) => length);
  await collector.close();
  return { ...result, counts };
}

describe.each(['http', 'grpc'] as const)('TLS over %s', (kind) => {
  it('OTEL_EXPORTER_OTLP_CERTIFICATE is trusted, and OTEL_EXPORTER_OTLP_CLIENT_KEY with _CLIENT_CERTIFICATE say who sends, to the very end', async () => {
    const { counts, stderr } = await run(kind, CLIENT, `${ONE_OF_EACH} process.exit(0);`);
    expect({ counts, stderr }).toEqual({ counts: [1, 1, 1], stderr: '' });
  });

  it('the files of a signal win over the general ones', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: pem('client'),
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: pem('ca'),
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: pem('client-key'),
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: pem('client'),
      OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: pem('ca'),
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: pem('client-key'),
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: pem('client'),
      OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: pem('ca'),
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: pem('client-key'),
      OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: pem('client'),
    };
    const { counts } = await run(kind, env, ONE_OF_EACH);
    expect(counts).toEqual([1, 1, 1]);
  });

  it('a receiver that is not trusted gets nothing, and one line says why', async () => {
    const { counts, code, stderr } = await run(kind, {}, `span('x');`);
    expect({ counts, code }).toEqual({ counts: [0, 0, 0], code: 0 });
    expect(stderr).toMatch(/^flow: 1 span lost on the way to https:[^\n]*certificate[^\n]*\n$/);
  });
});

it('a file that cannot be read costs one warning, also where three signals would use it', () => {
  expect(readSettings({ OTEL_EXPORTER_OTLP_CERTIFICATE: './none.pem' }).warnings).toEqual([
    {
      setting: 'OTEL_EXPORTER_OTLP_CERTIFICATE',
      value: './none.pem',
      fix: 'use a PEM file that can be read (it is ignored): ENOENT',
    },
  ]);
});
