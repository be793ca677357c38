// SPDX-License-Identifier: Apache-2.0
import { enterAside } from '../scope/stack.ts';
import { settings } from './settings.ts';

/** Something that failed open: the application was not disturbed, and this says what was lost. */
export interface Diagnostic {
  /** What failed: a registration kind, `span`, `atif`, `atof`, … */
  readonly source: string;
  /** Which one. */
  readonly name: string;
  readonly error: unknown;
  /** How often this source and name have failed so far. */
  readonly count: number;
}

/** Names come from the application: there may be any number of them. */
const MAX_COUNTED = 1000;
const counts = new Map<string, number>();
const listeners = new Set<(diagnostic: Diagnostic) => void>();
let last: Diagnostic | undefined;

/** Reports a failure that must not reach the application: listeners hear each, the log the first and then powers of ten. Never throws. */
export function report(source: string, name: string, error: unknown): void {
  const key = `${source}\n${name}`;
  const count = (counts.get(key) ?? 0) + 1;
  if (counts.size < MAX_COUNTED || count > 1) counts.set(key, count);
  const diagnostic = { source, name, error, count };
  last = diagnostic;
  for (const listener of listeners)
    try {
      // Not observed: what a listener records may fail for the same reason, and so on without end.
      enterAside(() => listener(diagnostic));
    } catch {
      // A listener of failures that fails has nobody left to tell.
    }
  if (!/^10*$/.test(String(count))) return;
  try {
    settings.print(
      'warn',
      `${source} '${name}'${count > 1 ? ` (${count} times)` : ''}: ${error instanceof Error ? error.message : String(error)}`,
    );
  } catch {
    // A logger of the application's that throws.
  }
}

/** Calls the listener for each failure from now on. Returns its undo. */
export function onDiagnostic(listener: (diagnostic: Diagnostic) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The most recent failure. */
export function lastDiagnostic(): Diagnostic | undefined {
  return last;
}
