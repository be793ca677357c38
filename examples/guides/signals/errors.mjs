// SPDX-License-Identifier: Apache-2.0
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { flow } from '@flow/register/api';

const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));

const login = flow.tool.wrap('login', async ({ password }) => {
  throw new RangeError(`no such user: ${password}`);
});
await login({ password: 'hunter2' }).catch(() => undefined);

// How a call failed stays, what the error says goes.
flow.event.addSanitizeScopeEnd('no-messages', ({ data, category_profile, metadata }) => {
  const { 'otel.status_description': _, ...rest } = metadata;
  return { data, category_profile, metadata: rest };
});
await login({ password: 'hunter2' }).catch(() => undefined);

for (const { attributes, status } of exporter.getFinishedSpans()) console.log(attributes['error.type'], status);
