// SPDX-License-Identifier: Apache-2.0
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { EventEmitter } from 'node:events';
import type * as Http from 'node:http';

import { load } from '../instrument/load.ts';
import { loadThrough } from './load-through.ts';
import type { Log } from './log.ts';
import type { MetricExport } from './metric-export.ts';

/** Where metrics can be asked for, and what is said beside them. */
export interface PrometheusOptions {
  readonly host: string;
  readonly port: number;
  readonly withoutScopeInfo?: boolean;
  readonly withoutTargetInfo?: boolean;
}

interface Exporter extends IMetricReader {
  getMetricsRequestHandler(request: Http.IncomingMessage, response: Http.ServerResponse): void;
}
interface Package {
  readonly PrometheusExporter: new (options: object) => Exporter;
}

const PATH = '/metrics';

/**
 * Answers `/metrics`. The server is ours: neither it nor a scraper's open connection keeps the process, and a port that is taken
 * costs one line.
 */
export function createPrometheusExport({ host, port, ...forms }: PrometheusOptions, log: Log): MetricExport {
  const { PrometheusExporter } = loadThrough<Package>('@opentelemetry/exporter-prometheus');
  const exporter = new PrometheusExporter({ preventServerStart: true, ...forms });
  const server = load<typeof Http>('node:http').createServer((request, response) => {
    if (request.url?.split('?')[0] === PATH) exporter.getMetricsRequestHandler(request, response);
    else response.writeHead(404).end();
  });
  // Past what instruments servers of the application: who asks for metrics is none of its callers.
  server.emit = EventEmitter.prototype.emit;
  server.on('connection', (socket) => socket.unref());
  server.on('error', (error) => {
    log(
      'warn',
      `nobody can ask for metrics at http://${host}:${port}${PATH}: ${error.message}; set OTEL_EXPORTER_PROMETHEUS_HOST and _PORT to what is free`,
    );
  });
  server.listen({ host, port }).unref();
  const shutdown = exporter.shutdown.bind(exporter);
  exporter.shutdown = async (...options) => {
    server.close();
    await shutdown(...options);
  };
  return { reader: exporter };
}
