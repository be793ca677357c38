// SPDX-License-Identifier: Apache-2.0
import type * as SdkTrace from '@opentelemetry/sdk-trace';

import { load } from '../instrument/load.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import type { Settings } from './environment.ts';
import { hold } from './hold.ts';
import { TRACES } from './otlp-signal.ts';
import { settle, type Signal, type SignalContext, whenEventsAreOut } from './signal.ts';

/** Spans: a provider to register, and what becomes of them at the end. */
export interface Tracing extends Signal {
  readonly provider: SdkTrace.TracerProvider;
}

const SAMPLED = 1;

/** `ownProcessors` come first, so that exporters see what they add. */
export function createTracing(
  { settings, resource, losses, log }: SignalContext,
  ownProcessors: readonly SdkTrace.SpanProcessor[],
): Tracing {
  const sdk = load<typeof SdkTrace>('@opentelemetry/sdk-trace');
  const { exporters, otlp, batch } = settings;
  const spanProcessors = [...ownProcessors];
  if (exporters.includes('console')) {
    spanProcessors.push(new sdk.SimpleSpanProcessor({ exporter: new sdk.ConsoleSpanExporter() }));
  }
  const delivery = exporters.includes('otlp')
    ? createDelivery({ signal: TRACES, otlp, batch, optional: false, losses, log })
    : undefined;
  if (delivery !== undefined) spanProcessors.push(toProcessor(delivery));
  const provider = new sdk.TracerProvider({
    resource,
    sampler: createSampler(sdk, settings.sampler),
    spanLimits: settings.limits,
    spanProcessors,
  });
  const forceFlush = provider.forceFlush.bind(provider);
  const shutdown = provider.shutdown.bind(provider);
  provider.forceFlush = (...options) => hold(forceFlush(...options));
  provider.shutdown = (...options) => hold(shutdown(...options));
  return {
    provider,
    flush: () => settle(forceFlush(), log),
    whenQuiet: async () => delivery?.whenQuiet(),
    // A span is queued when it ends.
    collectNow: () => undefined,
    outboxes: delivery === undefined ? [] : [delivery],
    shutdown: () => settle(shutdown(), log),
  };
}

/** Processors are flushed side by side, so this one itself waits for events that hold the end of their span back. */
function toProcessor(delivery: Delivery<SdkTrace.ReadableSpan>): SdkTrace.SpanProcessor {
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & SAMPLED) !== 0) delivery.add(span);
    },
    async forceFlush() {
      await whenEventsAreOut();
      await delivery.flush();
    },
    async shutdown() {
      await whenEventsAreOut();
      await delivery.close();
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
