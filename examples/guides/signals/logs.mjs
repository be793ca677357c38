// SPDX-License-Identifier: Apache-2.0
import { logs } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';

const exporter = new InMemoryLogRecordExporter();
logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }));

await import('./agent.mjs');

for (const { eventName, severityText, body, attributes } of exporter.getFinishedLogRecords())
  console.log(eventName, severityText, body, attributes['flow.mark.metadata']);
