// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const exporter = new InMemorySpanExporter();
let manager: AsyncLocalStorageContextManager | undefined;

/** Registers an SDK that keeps its spans, as an application would. */
export function startTracing(): { forgetSpans(): void; stop(): void } {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  // It stays registered: who has seen that context propagates relies on it.
  if (manager === undefined) {
    manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
  }
  return { forgetSpans: () => exporter.reset(), stop: () => trace.disable() };
}
