// SPDX-License-Identifier: Apache-2.0
import type { DiagLogger } from '@opentelemetry/api';
import { writeSync } from 'node:fs';
import { format, stripVTControlCharacters } from 'node:util';

import type { Settings } from './environment.ts';
import type { SettingProblem } from './setting-reader.ts';
import { thread } from './thread.ts';

/** Prints one of Flow's own lines to standard error, when `FLOW_LOG` lets its level through. Never throws. */
export type Log = (level: 'error' | 'warn' | 'info' | 'debug', message: string) => void;

const ORDER: readonly Settings['logLevel'][] = ['none', 'error', 'warn', 'info', 'debug'];

/** Standard output belongs to the application: an agent may speak a protocol on it. */
export function createLog(threshold: Settings['logLevel']): Log {
  return (level, message) => {
    if (ORDER.indexOf(level) <= ORDER.indexOf(threshold)) printLine(message);
  };
}

/** Each problem once: the setting, its value and the fix. An error is what stops the start. */
export function logProblems(log: Log, level: 'error' | 'warn', problems: readonly SettingProblem[]): void {
  const end = level === 'error' ? ' (the start is stopped)' : '';
  for (const { setting, value, fix } of problems) log(level, `${setting} is ${JSON.stringify(value)}; ${fix}${end}`);
}

/** OpenTelemetry's own diagnostics (`OTEL_LOG_LEVEL`), on standard error where its console logger would mix in standard output. */
export function createDiagLogger(): DiagLogger {
  const print = (message: string, ...rest: unknown[]): void => printLine(format(message, ...rest));
  return { error: print, warn: print, info: print, debug: print, verbose: print };
}

function printLine(message: string): void {
  try {
    const line = stripVTControlCharacters(message).replaceAll(/\s*\n\s*/g, ' ');
    // What a worker thread writes to its standard error passes through the main thread: too late at the worker's end.
    if (thread.isMainThread) process.stderr.write(`flow: ${line}\n`);
    else writeSync(2, `flow: ${line}\n`);
  } catch {
    // Standard error may be closed; there is nobody left to tell.
  }
}
