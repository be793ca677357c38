// SPDX-License-Identifier: Apache-2.0
import type * as SdkTrace from '@opentelemetry/sdk-trace';

import { load } from '../instrument/load.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import type { Settings } from './environment.ts';
import { hold } from './hold.ts';
import { TRACES } from './otlp-signal.ts';
import { settle, type Signal, type SignalContext, whenEventsAreOut } from './signal.ts';
import { zipkinReceiver } from './zipkin.ts';

/** Spans: a provider to register, and what becomes of them at the end. */
export interface Tracing extends Signal {
  readonly provider: SdkTrace.TracerProvider;
}

const SAMPLED = 1;

/** What the spans of a process go through. Of a sampler, limits and ids that are not named the SDK's own apply. */
export interface TracingParts extends Pick<SdkTrace.TracerProviderOptions, 'sampler' | 'spanLimits' | 'idGenerator'> {
  readonly deliveries: readonly Delivery<SdkTrace.ReadableSpan>[];
  /** Whether, or how often, spans are printed. */
  readonly consoles: number;
}

/** As the environment has it. `ownProcessors` come first, so that exporters see what they add. */
export function createTracing(context: SignalContext, ownProcessors: readonly SdkTrace.SpanProcessor[]): Tracing {
  const sdk = load<typeof SdkTrace>('@opentelemetry/sdk-trace');
  const { settings, losses, log } = context;
  const { exporters, otlp, batch } = settings;
  const common = { batch, optional: false, losses, log };
  return assembleTracing(context, ownProcessors, {
    deliveries: [
      ...(exporters.includes('otlp') ? [createDelivery({ signal: TRACES, otlp, ...common })] : []),
      ...(exporters.includes('zipkin') ? [createDelivery({ ...zipkinReceiver(settings.zipkin), ...common })] : []),
    ],
    consoles: exporters.includes('console') ? 1 : 0,
    sampler: createSampler(sdk, settings.sampler),
    spanLimits: settings.limits,
  });
}

/** The provider of these parts. */
export function assembleTracing(
  { resource, log }: SignalContext,
  ownProcessors: readonly SdkTrace.SpanProcessor[],
  { deliveries, consoles, ...rules }: TracingParts,
): Tracing {
  const sdk = load<typeof SdkTrace>('@opentelemetry/sdk-trace');
  const spanProcessors = [
    ...ownProcessors,
    ...Array.from({ length: consoles }, () => new sdk.SimpleSpanProcessor({ exporter: new sdk.ConsoleSpanExporter() })),
    ...deliveries.map(toProcessor),
  ];
  const provider = new sdk.TracerProvider({ resource, spanProcessors, ...rules });
  const forceFlush = provider.forceFlush.bind(provider);
  const shutdown = provider.shutdown.bind(provider);
  provider.forceFlush = (...options) => hold(forceFlush(...options));
  provider.shutdown = (...options) => hold(shutdown(...options));
  return {
    provider,
    flush: () => settle(forceFlush(), log),
    whenQuiet: async () => void (await Promise.all(deliveries.map((delivery) => delivery.whenQuiet()))),
    // A span is queued when it ends.
    collectNow: () => undefined,
    outboxes: deliveries,
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
