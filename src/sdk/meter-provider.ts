// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';

import { load } from '../instrument/load.ts';
import { createDeferredMeter } from './deferred-meter.ts';
import { hold } from './hold.ts';
import { createConsoleExport, createOtlpExport, type MetricExport } from './metric-export.ts';
import { createPrometheusExport } from './prometheus.ts';
import { settle, type Signal, type SignalContext, whenEventsAreOut } from './signal.ts';

/** Metrics: a provider to register, and what becomes of them at the end. */
export interface Metering extends Signal {
  readonly provider: Api.MeterProvider & {
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
  };
}

/** What the metrics of a process go through. */
export interface MeteringParts {
  readonly exports: readonly MetricExport[];
  /** Finishes the provider, before anybody has it. */
  readonly prepare?: (provider: SdkMetrics.MeterProvider) => void;
}

/** As the environment has it. */
export function createMetering(context: SignalContext): Metering {
  const { metrics } = context.settings;
  const make = {
    otlp: (sdk: typeof SdkMetrics) => createOtlpExport(sdk, context, { ...metrics, optional: !metrics.named }),
    console: (sdk: typeof SdkMetrics) => createConsoleExport(sdk, metrics),
    prometheus: () => createPrometheusExport(metrics.prometheus, context.log),
  };
  const makeParts = (sdk: typeof SdkMetrics): MeteringParts => ({
    exports: metrics.exporters.map((name) => make[name](sdk)),
  });
  return assembleMetering(context, makeParts, metrics.exporters.includes('prometheus'));
}

/**
 * The SDK is loaded and built for the first instrument: many ask for a meter at their start, and a process that measures nothing
 * pays nothing. With `atOnce` it is built here, for somebody may ask before there is an instrument.
 */
export function assembleMetering(
  { log, resource }: SignalContext,
  makeParts: (sdk: typeof SdkMetrics) => MeteringParts,
  atOnce: boolean,
): Metering {
  let exports: readonly MetricExport[] = [];
  let real: SdkMetrics.MeterProvider | undefined;
  let closed = false;

  function build(): void {
    try {
      const sdk = load<typeof SdkMetrics>('@opentelemetry/sdk-metrics');
      const parts = makeParts(sdk);
      const provider = new sdk.MeterProvider({ resource, readers: parts.exports.map(({ reader }) => reader) });
      parts.prepare?.(provider);
      exports = parts.exports;
      real = provider;
    } catch (error) {
      closed = true;
      log('warn', `no metrics: the SDK could not be started: ${String(error)}`);
    }
  }

  function getMeter(...scope: Parameters<Api.MeterProvider['getMeter']>): Api.Meter {
    let meter: Api.Meter | undefined;
    return createDeferredMeter(() => {
      if (real === undefined && !closed) build();
      return (meter ??= real?.getMeter(...scope) ?? load<typeof Api>('@opentelemetry/api').createNoopMeter());
    });
  }

  async function forceFlush(): Promise<void> {
    await whenEventsAreOut();
    if (!closed) await real?.forceFlush();
  }

  async function shutdown(): Promise<void> {
    if (closed) return;
    await whenEventsAreOut();
    closed = true;
    await real?.shutdown();
    await Promise.all(exports.map(({ delivery }) => delivery?.close()));
  }

  if (atOnce) build();
  return {
    provider: { getMeter, forceFlush: () => hold(forceFlush()), shutdown: () => hold(shutdown()) },
    flush: () => settle(forceFlush(), log),
    async whenQuiet() {
      if (closed) return;
      await Promise.all(exports.map(({ pushes }) => pushes?.collectNews()));
      await Promise.all(exports.map(({ delivery }) => delivery?.whenQuiet()));
    },
    collectNow() {
      if (!closed) for (const { pushes } of exports) pushes?.collectNewsNow();
    },
    get outboxes() {
      return exports.map(({ delivery }) => delivery).filter((delivery) => delivery !== undefined);
    },
    shutdown: () => settle(shutdown(), log),
  };
}
