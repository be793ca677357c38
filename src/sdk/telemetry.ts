// SPDX-License-Identifier: Apache-2.0
import type { SpanProcessor } from '@opentelemetry/sdk-trace';

import { deliverNow } from './deliver-now.ts';
import type { Settings } from './environment.ts';
import type { ExitDelivery } from './exit.ts';
import { registerGlobals, registerLoggerProvider, registerMeterProvider } from './globals.ts';
import type { Log } from './log.ts';
import { createLogging } from './logger-provider.ts';
import { createLosses } from './losses.ts';
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
  const context = { settings, resource: createResource(settings), losses, log };
  const tracing = createTracing(context, ownProcessors);
  if (!registerGlobals(settings, tracing.provider, log)) return undefined;
  const signals: Signal[] = [tracing];

  const metering = settings.metrics.exporters.length > 0 ? createMetering(context) : undefined;
  const metrics = metering !== undefined && registerMeterProvider(metering.provider, log);
  if (metrics) signals.push(metering);

  const logging = settings.logs.exporters.length > 0 ? createLogging(context) : undefined;
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

/** What one signal cannot say takes nothing from the others. */
function collect(signal: Signal, log: Log): void {
  try {
    signal.collectNow();
  } catch (error) {
    log('warn', `what was measured last could not be collected: ${String(error)}`);
  }
}
