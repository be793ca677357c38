// SPDX-License-Identifier: Apache-2.0
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';

const exporter = new InMemorySpanExporter();

/** Keeps ended spans for {@link finishedSpans}. */
export function keepSpans(): SpanProcessor {
  return new SimpleSpanProcessor({ exporter });
}

/** Spans that ended since the last {@link forgetSpans}, in order of their end. */
export function finishedSpans(): readonly ReadableSpan[] {
  return exporter.getFinishedSpans();
}

export function forgetSpans(): void {
  exporter.reset();
}
