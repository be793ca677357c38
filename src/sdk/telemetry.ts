// SPDX-License-Identifier: Apache-2.0
import type { SpanProcessor } from '@opentelemetry/sdk-trace';

import { propagatorFromFile } from './config-file-parts.ts';
import { createSignalsFromFile, type FileSignals } from './config-file-signals.ts';
import { unreadParts } from './config-file-unread.ts';
import { deliverNow } from './deliver-now.ts';
import type { Settings } from './environment.ts';
import type { ExitDelivery } from './exit.ts';
import { registerGlobals, registerLoggerProvider, registerMeterProvider } from './globals.ts';
import type { Log } from './log.ts';
import { createLogging } from './logger-provider.ts';
import { createLosses, type Losses } from './losses.ts';
import { createMetering } from './meter-provider.ts';
import { createResource } from './resource.ts';
import type { Signal } from './signal.ts';
import { createTracing } from './tracer-provider.ts';

/** The SDK of this process: spans, metrics and log records, with the exporters that the settings name. */
export interface Telemetry extends ExitDelivery {
  /** Whether metrics and log records reach it: a provider that somebody registered before is left alone. */
  readonly metrics: boolean;
  readonly logs: boolean;
  /** Flushes, and loses what comes later. Never rejects. */
  shutdown(): Promise<void>;
}

/** Undefined where spans would not reach it: another SDK owns them, and then the other signals are its business, too. */
export function startTelemetry(
  settings: Settings,
  ownProcessors: readonly SpanProcessor[],
  log: Log,
): Telemetry | undefined {
  const losses = createLosses(log);
  const { tracing, metering, logging } = createSignals(settings, ownProcessors, losses, log) ?? {};
  if (tracing === undefined || !registerGlobals(settings, tracing.provider, log)) return undefined;
  const signals: Signal[] = [tracing];

  const metrics = metering !== undefined && registerMeterProvider(metering.provider, log);
  if (metrics) signals.push(metering);

  const logs = logging !== undefined && registerLoggerProvider(logging.provider, log);
  if (logs) signals.push(logging);

  const all = async (work: (signal: Signal) => Promise<void>): Promise<void> =>
    void (await Promise.all(signals.map(work)));
  return {
    metrics,
    logs,
    flush: () => all((signal) => signal.flush()),
    whenQuiet: () => all((signal) => signal.whenQuiet()),
    deliverNow(timeoutMillis) {
      for (const signal of signals) collect(signal, log);
      deliverNow(
        signals.flatMap(({ outboxes }) => outboxes),
        timeoutMillis,
      );
      losses.report();
    },
    shutdown: () => all((signal) => signal.shutdown()),
  };
}

/** Undefined for a configuration file that cannot be used, of which a line has been printed. */
function createSignals(
  settings: Settings,
  ownProcessors: readonly SpanProcessor[],
  losses: Losses,
  log: Log,
): FileSignals | undefined {
  const { configFile, metrics, logs } = settings;
  if (configFile !== undefined) {
    const { path, model } = configFile;
    if (model === undefined) return undefined;
    const named = `OTEL_CONFIG_FILE is ${JSON.stringify(path)}`;
    const unread = unreadParts(model);
    if (unread.length > 0) log('warn', `${named}; leave out what has no effect here: ${unread.join(', ')}`);
    try {
      // One that is unknown must be found before anything is registered.
      propagatorFromFile(configFile);
      const context = { settings, resource: createResource(settings), losses, log };
      return createSignalsFromFile(context, { path, model }, ownProcessors);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log('warn', `${named}; correct it (there is no telemetry): ${reason}`);
      return undefined;
    }
  }
  const context = { settings, resource: createResource(settings), losses, log };
  return {
    tracing: createTracing(context, ownProcessors),
    metering: metrics.exporters.length > 0 ? createMetering(context) : undefined,
    logging: logs.exporters.length > 0 ? createLogging(context) : undefined,
  };
}

/** What one signal cannot say takes nothing from the others. */
function collect(signal: Signal, log: Log): void {
  try {
    signal.collectNow();
  } catch (error) {
    log('warn', `what was measured last could not be collected: ${String(error)}`);
  }
}
