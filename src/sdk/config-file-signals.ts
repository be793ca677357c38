// SPDX-License-Identifier: Apache-2.0
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';

import { exporterFromFile, type FileExporter, limitFromFile, processorFromFile } from './config-file-exporters.ts';
import type { ConfigModel, ReaderModel } from './config-file-model.ts';
import { applyViews, logLimitsFromFile, spanRulesFromFile } from './config-file-parts.ts';
import { type BatchSettings, createDelivery, type Delivery } from './delivery.ts';
import { assembleLogging, type Logging } from './logger-provider.ts';
import { assembleMetering, type Metering } from './meter-provider.ts';
import { createConsoleExport, createOtlpExport, type MetricExport } from './metric-export.ts';
import { LOGS, type OtlpSignal, TRACES } from './otlp-signal.ts';
import { createPrometheusExport } from './prometheus.ts';
import type { SignalContext } from './signal.ts';
import { assembleTracing, type Tracing } from './tracer-provider.ts';

/** What a configuration file asks for. A signal without a provider in it has none. */
export interface FileSignals {
  readonly tracing: Tracing;
  readonly metering: Metering | undefined;
  readonly logging: Logging | undefined;
}

type Shared = Pick<SignalContext, 'losses' | 'log'> & { readonly fix: string };
type Processors = readonly (FileExporter & { readonly batch: BatchSettings })[];

/**
 * Builds the signals. Samplers, limits, views and propagators are made by OpenTelemetry's own code; what is sent by OTLP goes the
 * way of all deliveries, so that the end of the process loses nothing. Throws on what it cannot build, before anything is in force.
 */
export function createSignalsFromFile(
  context: SignalContext,
  { path, model }: { readonly path: string; readonly model: ConfigModel },
  ownProcessors: readonly SpanProcessor[],
): FileSignals {
  const shared: Shared = { losses: context.losses, log: context.log, fix: `see its endpoint in ${path}` };
  const spans = (model.tracer_provider?.processors ?? []).map((each) => processorFromFile('TRACES', each, 5000));
  const records = model.logger_provider?.processors.map((each) => processorFromFile('LOGS', each, 1000));
  const limits = records && logLimitsFromFile(model);
  const makeExports = model.meter_provider?.readers.map((reader) => prepareReader(reader, shared));
  return {
    // Without a tracer provider in the file spans are recorded for our own processors, and go nowhere.
    tracing: assembleTracing(context, ownProcessors, {
      ...receivers(TRACES, spans, shared),
      ...spanRulesFromFile(model),
    }),
    logging: records && assembleLogging(context, () => ({ ...receivers(LOGS, records, shared), limits })),
    metering:
      makeExports &&
      assembleMetering(
        context,
        (sdk) => ({
          exports: makeExports.map((make) => make(sdk)),
          prepare: (provider) => applyViews(provider, context.resource, model),
        }),
        // Whoever pulls may come before there is an instrument; views that are wrong are found at the start.
        true,
      ),
  };
}

function receivers<T>(
  signal: OtlpSignal<T>,
  processors: Processors,
  shared: Shared,
): { readonly deliveries: readonly Delivery<T>[]; readonly consoles: number } {
  return {
    deliveries: processors.flatMap((to) =>
      to.console ? [] : [createDelivery({ signal, otlp: to.otlp, batch: to.batch, optional: false, ...shared })],
    ),
    consoles: processors.filter((to) => to.console).length,
  };
}

const TEMPORALITIES = { cumulative: 'cumulative', delta: 'delta', low_memory: 'lowmemory' } as const;
const BASE2 = 'base2_exponential_bucket_histogram';

/** Checks a reader at once; it is made with the provider. */
function prepareReader({ periodic, pull }: ReaderModel, shared: Shared): (sdk: typeof SdkMetrics) => MetricExport {
  if (pull) {
    const { 'prometheus/development': model } = pull.exporter;
    if (model === undefined) throw new Error('a pull reader needs the exporter prometheus/development');
    const options = {
      host: model?.host ?? 'localhost',
      port: model?.port ?? 9464,
      withoutScopeInfo: model?.scope_info_enabled === false,
      withoutTargetInfo: model?.['target_info_enabled/development'] === false,
    };
    return () => createPrometheusExport(options, shared.log);
  }
  if (!periodic) throw new Error('unknown metric reader; use periodic or pull');
  const pace = { intervalMillis: periodic.interval ?? 60_000, timeoutMillis: limitFromFile(periodic.timeout, 30_000) };
  const to = exporterFromFile('METRICS', periodic.exporter);
  if (to.console) return (sdk) => createConsoleExport(sdk, pace);
  const forms = periodic.exporter['otlp_http'] ?? periodic.exporter['otlp_grpc'];
  const temporality = TEMPORALITIES[(forms?.temporality_preference ?? 'cumulative') as keyof typeof TEMPORALITIES];
  const histogram = forms?.default_histogram_aggregation === BASE2 ? BASE2 : 'explicit_bucket_histogram';
  return (sdk) =>
    createOtlpExport(sdk, shared, { ...pace, otlp: to.otlp, temporality, histogram, optional: false, fix: shared.fix });
}
