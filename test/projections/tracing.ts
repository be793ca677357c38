// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
  type TracerProviderOptions,
} from '@opentelemetry/sdk-trace';
import { getRuntime } from '../../src/api/runtime.ts';
import type { Dialect } from '../../src/runtime/settings.ts';
import { createEncoder } from '../../src/sdk/otlp-encode.ts';
import { TRACES } from '../../src/sdk/otlp-signal.ts';
import { decodeTraces, type DecodedSpan } from '../support/collector/decode.ts';

/** What the process traces with, beside what the SDK itself takes. */
export interface TracingOptions extends TracerProviderOptions {
  /** Payloads on spans, default yes. */
  readonly content?: boolean;
  /** Default both. */
  readonly dialects?: readonly Dialect[];
}

/** An SDK as an application would register it, and what its spans came to. */
export interface Tracing {
  /** The spans that have ended since the last time, in order of their end. */
  take(): readonly ReadableSpan[];
  /** Unregisters it. */
  stop(): void;
}

const contextManager = new AsyncLocalStorageContextManager().enable();

/** Registers an SDK. One at a time. */
export function startTracing({
  content = true,
  dialects = ['gen_ai', 'atof'],
  spanProcessors = [],
  ...options
}: TracingOptions = {}): Tracing {
  const { settings } = getRuntime().internals;
  const before = { ...settings };
  settings.spanContent = content;
  settings.dialects = new Set(dialects);
  const exporter = new InMemorySpanExporter();
  const kept = new SimpleSpanProcessor({ exporter });
  trace.setGlobalTracerProvider(new TracerProvider({ ...options, spanProcessors: [...spanProcessors, kept] }));
  // Only the first of the process is taken. It stays: who has seen that context propagates relies on it.
  context.setGlobalContextManager(contextManager);
  return {
    take() {
      const spans = [...exporter.getFinishedSpans()];
      exporter.reset();
      return spans;
    },
    stop() {
      trace.disable();
      Object.assign(settings, before);
    },
  };
}

/** The spans as a receiver of OTLP has them: encoded as we send them, and decoded by somebody else. */
export function receive(
  spans: readonly ReadableSpan[],
  protocol: 'http/protobuf' | 'http/json',
): readonly DecodedSpan[] {
  const encoder = createEncoder(TRACES, protocol, (_, reason) => {
    throw new Error(reason);
  });
  const type = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  return encoder.encode(spans).flatMap(({ body }) => decodeTraces(type, Buffer.from(body)));
}
