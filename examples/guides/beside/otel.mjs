// SPDX-License-Identifier: Apache-2.0
import { trace } from '@opentelemetry/api';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { flowSpanProcessors } from '@flow/register/sdk';

const exporter = {
  export(spans, done) {
    for (const { name, instrumentationScope } of spans) console.log(`exported: ${name} (${instrumentationScope.name})`);
    done({ code: 0 });
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};
export const provider = new TracerProvider({
  spanProcessors: [...flowSpanProcessors(), new SimpleSpanProcessor({ exporter })],
});
trace.setGlobalTracerProvider(provider);
