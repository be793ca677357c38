// SPDX-License-Identifier: Apache-2.0
import { diag } from '@opentelemetry/api';
import type { Hideable } from '../projections/openinference-hide.ts';

/** In which form a span carries what it carries. */
export type Dialect = 'gen_ai' | 'openinference' | 'atof';

/** What the start of the distribution decides for the runtime. Everything has a safe default: nothing leaves the process. */
export interface Settings {
  /** Payloads (messages, arguments, results, scope input and output, mark data) on spans. */
  spanContent: boolean;
  /** The same on log records. */
  logContent: boolean;
  dialects: ReadonlySet<Dialect>;
  /** What of its content the `openinference` dialect keeps to itself. */
  openInferenceHides: ReadonlySet<Hideable>;
  /** Characters of an image that the `openinference` dialect holds in full. */
  openInferenceImageLength: number;
  /** Ask chat streams for usage and take the extra chunk out again. */
  streamUsage: boolean;
  /** What model requests carry in their headers: the `traceparent` of their call's span, the sessions of the agents around it. */
  propagateToModels: readonly ('traceparent' | 'session')[];
  /** Each mark is a zero-length child span instead of an event of its scope's span. */
  markSpans: boolean;
  /** Each chunk of a stream is an `llm.chunk` mark. */
  chunkMarks: boolean;
  /** GenAI metrics under the names of version 1.41 of the conventions. */
  legacyMetrics: boolean;
  /** What a framework is given where policy rejects one of its tools: the error, or text that the model can read. */
  toolRejection: 'throw' | 'answer';
  /** What policy cannot see is refused while there is any. */
  refusesUnpatched: boolean;
  /** Unfinished events may hold the end of the process for their deadline. */
  waitsAtExit: boolean;
  /** Flow's own lines. Until a start says otherwise they go to OpenTelemetry's `diag`, which is silent unless the application gives it a logger. */
  print: (level: 'warn' | 'info' | 'debug', message: string) => void;
  /** Instrumentations, by name, whose calls make no spans. Middleware, events and files do not care. */
  hasSpans: (instrumentation: string) => boolean;
}

/** The settings in force in this process. */
export const settings: Settings = {
  spanContent: false,
  logContent: false,
  dialects: new Set<Dialect>(['gen_ai']),
  openInferenceHides: new Set<Hideable>(),
  openInferenceImageLength: 32_000,
  streamUsage: false,
  propagateToModels: [],
  markSpans: false,
  chunkMarks: false,
  legacyMetrics: false,
  toolRejection: 'throw',
  refusesUnpatched: false,
  waitsAtExit: true,
  print: (level, message) => diag[level](`flow: ${message}`),
  hasSpans: () => true,
};
