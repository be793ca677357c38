// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';

import { load } from '../instrument/load.ts';
import { createDeferredMeter } from './deferred-meter.ts';
import { hold } from './hold.ts';
import { createConsoleExport, createOtlpExport, type MetricExport } from './metric-export.ts';
import { settle, type Signal, type SignalContext, whenEventsAreOut } from './signal.ts';

/** Metrics: a provider to register, and what becomes of them at the end. */
export interface Metering extends Signal {
  readonly provider: Api.MeterProvider & {
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
  };
}

/**
 * The SDK is loaded and built for the first instrument: many ask for a meter at their start, and a process that measures nothing
 * pays nothing.
 */
export function createMetering(context: SignalContext): Metering {
  const { log } = context;
  let exports: readonly MetricExport[] = [];
  let real: SdkMetrics.MeterProvider | undefined;
  let closed = false;

  function build(): void {
    try {
      const sdk = load<typeof SdkMetrics>('@opentelemetry/sdk-metrics');
      exports = context.settings.metrics.exporters.map((name) =>
        name === 'otlp' ? createOtlpExport(sdk, context) : createConsoleExport(sdk, context),
      );
      real = new sdk.MeterProvider({ resource: context.resource, readers: exports.map(({ reader }) => reader) });
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

  return {
    provider: { getMeter, forceFlush: () => hold(forceFlush()), shutdown: () => hold(shutdown()) },
    flush: () => settle(forceFlush(), log),
    async whenQuiet() {
      if (closed) return;
      await Promise.all(exports.map(({ reader }) => reader.collectNews()));
      await Promise.all(exports.map(({ delivery }) => delivery?.whenQuiet()));
    },
    collectNow() {
      if (!closed) for (const { reader } of exports) reader.collectNewsNow();
    },
    get outboxes() {
      return exports.map(({ delivery }) => delivery).filter((delivery) => delivery !== undefined);
    },
    shutdown: () => settle(shutdown(), log),
  };
}
