// SPDX-License-Identifier: Apache-2.0
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

import type { DeliveryOptions } from './delivery.ts';
import { loadFileThrough } from './load-through.ts';
import { TRACES } from './otlp-signal.ts';
import type { ZipkinSettings } from './zipkin-settings.ts';

interface Transform {
  toZipkinSpan(span: ReadableSpan, serviceName: string, statusTag: string, errorTag: string): object;
}

/** A Zipkin server takes requests as an OTLP receiver does, with another body: spans are delivered there by the same rules. */
export function zipkinReceiver({
  url,
  timeoutMillis,
}: ZipkinSettings): Pick<DeliveryOptions<ReadableSpan>, 'signal' | 'otlp' | 'fix'> {
  return {
    fix: 'set OTEL_EXPORTER_ZIPKIN_ENDPOINT, or leave zipkin out of OTEL_TRACES_EXPORTER',
    signal: {
      ...TRACES,
      createSerializer() {
        const { toZipkinSpan } = loadFileThrough<Transform>('@opentelemetry/exporter-zipkin', 'transform.cjs');
        return {
          serialize: (spans) => Buffer.from(JSON.stringify(spans.map((span) => convert(span, toZipkinSpan)))),
          partialSuccess: () => ({ rejected: 0, message: '' }),
        };
      },
    },
    otlp: {
      protocol: 'http/json',
      url,
      named: true,
      headers: {},
      timeoutMillis,
      compression: 'none',
      certificateFile: undefined,
      clientKeyFile: undefined,
      clientCertificateFile: undefined,
    },
  };
}

function convert(span: ReadableSpan, toZipkinSpan: Transform['toZipkinSpan']): object {
  const name = span.attributes['service.name'] ?? span.resource.attributes['service.name'];
  return toZipkinSpan(span, String(name), 'otel.status_code', 'error');
}
