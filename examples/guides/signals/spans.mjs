// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

// An OpenTelemetry set-up of the application's own: Flow's spans go to it.
const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));

await import('./agent.mjs');

for (const { name, attributes, events } of exporter.getFinishedSpans()) {
  console.log(name, '|', events.map((event) => event.name).join(' '));
  for (const [key, value] of Object.entries(attributes)) if (key !== 'atof.uuid') console.log(' ', key, '=', value);
}
