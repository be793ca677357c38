// SPDX-License-Identifier: Apache-2.0
import type * as SdkTrace from '@opentelemetry/sdk-trace';

import { getRuntime } from '../api/runtime.ts';
import { load } from '../instrument/load.ts';
import { createDelivery } from './delivery.ts';
import type { Settings } from './environment.ts';
import type { ExitDelivery } from './exit.ts';
import type { Log } from './log.ts';
import { createResource } from './resource.ts';

/** A tracer provider with the exporters that the settings name. Not registered: see `registerGlobals`. */
export interface Tracing extends ExitDelivery {
  readonly provider: SdkTrace.TracerProvider;
  /** Flushes, and makes every later span a lost one. Never rejects. */
  shutdown(): Promise<void>;
}

/** `ownProcessors` come first, so that exporters see what they add. */
export function createTracerProvider(
  settings: Settings,
  ownProcessors: readonly SdkTrace.SpanProcessor[],
  log: Log,
): Tracing {
  const sdk = load<typeof SdkTrace>('@opentelemetry/sdk-trace');
  const spanProcessors = [...ownProcessors];
  if (settings.exporters.includes('console')) {
    spanProcessors.push(new sdk.SimpleSpanProcessor({ exporter: new sdk.ConsoleSpanExporter() }));
  }
  const delivery = settings.exporters.includes('otlp') ? createDelivery(settings, log) : undefined;
  if (delivery !== undefined) spanProcessors.push(afterEvents(delivery.processor));
  const provider = new sdk.TracerProvider({
    resource: createResource(settings),
    sampler: createSampler(sdk, settings.sampler),
    spanLimits: settings.limits,
    spanProcessors,
  });
  const settle = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => undefined,
      (error: unknown) => log('debug', `flush: ${String(error)}`),
    );
  return {
    provider,
    flush: () => settle(provider.forceFlush()),
    shutdown: () => settle(provider.shutdown()),
    whenQuiet: async () => delivery?.whenQuiet(),
    deliverNow: (timeoutMillis) => delivery?.deliverNow(timeoutMillis),
  };
}

/** Processors are flushed side by side, so this one itself waits for events that hold the end of their span back. */
function afterEvents(processor: SdkTrace.SpanProcessor): SdkTrace.SpanProcessor {
  // Inside of a subscriber there is no waiting for it: what has ended is sent.
  const events = (): Promise<void> =>
    getRuntime()
      .flow.flush()
      .catch(() => undefined);
  return {
    ...processor,
    forceFlush: async () => {
      await events();
      await processor.forceFlush();
    },
    shutdown: async () => {
      await events();
      await processor.shutdown();
    },
  };
}

function createSampler(sdk: typeof SdkTrace, { name, ratio }: Settings['sampler']): SdkTrace.Sampler {
  const create = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  };
  const root = create[name.replace('parentbased_', '') as keyof typeof create]();
  return name.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root;
}
