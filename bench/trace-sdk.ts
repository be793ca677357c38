// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Conditions } from './system.ts';

/** What the processor has seen. Nothing is exported: the exporter would be the same for every system. */
export const recorded: { spans: number; events: number } = { spans: 0, events: 0 };

/** The trace SDK wired by hand, the same for every system that makes spans. */
export function registerTraceSdk({ recording }: Conditions): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  if (!recording) return;
  const counting = {
    onStart: (): void => undefined,
    onEnd(span: ReadableSpan): void {
      recorded.spans++;
      recorded.events += span.events.length;
    },
    forceFlush: async (): Promise<void> => undefined,
    shutdown: async (): Promise<void> => undefined,
  };
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [counting] }));
}
