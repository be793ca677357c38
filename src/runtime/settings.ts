// SPDX-License-Identifier: Apache-2.0

/** In which form a span carries what it carries. */
export type Dialect = 'gen_ai' | 'openinference' | 'atof';

/** What the start of the distribution decides for the runtime. Everything has a safe default: nothing leaves the process. */
export interface Settings {
  /** Payloads (messages, arguments, results, scope input and output, mark data) on spans. */
  spanContent: boolean;
  /** The same on log records. */
  logContent: boolean;
  dialects: ReadonlySet<Dialect>;
  /** Ask chat streams for usage and take the extra chunk out again. */
  streamUsage: boolean;
  /** Unfinished events may hold the end of the process for their deadline. */
  waitsAtExit: boolean;
  /** Instrumentations, by name, whose calls make no spans. Middleware, events and files do not care. */
  hasSpans: (instrumentation: string) => boolean;
}

/** The settings in force in this process. */
export const settings: Settings = {
  spanContent: false,
  logContent: false,
  dialects: new Set<Dialect>(['gen_ai']),
  streamUsage: false,
  waitsAtExit: true,
  hasSpans: () => true,
};
