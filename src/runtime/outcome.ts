// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { describe } from '../pipeline/verdict.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { shareJson } from '../atof/shared-json.ts';
import type { Outcome } from './span.ts';

/** Success. */
export const OK: Outcome = Object.freeze({ status: 'OK' });

/** The consumer stopped before the end: no error, and no success either. */
export function cancelled(description: string): Outcome {
  return { status: 'UNSET', description, cancelled: true };
}

/** What an error says about a call. `error.type` is its code where it has one, else its class. Reads the error with care: it may be anything. */
export function outcomeOf(error: unknown): Outcome {
  if (!isError(error)) return { status: 'ERROR', description: safeText(() => textOf(error)), errorType: '_OTHER' };
  const className = safeText(() => error.name || error.constructor.name) || 'Error';
  const exceptionType = className === 'Error' ? safeText(() => error.constructor.name) || className : className;
  if (goesOn(error)) return className === 'ParentCommand' ? OK : cancelled(className);
  const code = safeText(() => (error as { code?: unknown }).code);
  const description = safeText(() => error.message);
  const aborted = exceptionType === 'AbortError' || exceptionType === 'APIUserAbortError';
  const base = { status: 'ERROR', description, errorType: code || exceptionType, exceptionType } as const;
  return aborted ? { ...base, cancelled: true } : base;
}

// By such an error LangGraph leaves what goes on: in the graph above, or when a person has answered. That is no failure, and its message is a payload.
function goesOn(error: Error): boolean {
  try {
    return (error as { is_bubble_up?: unknown }).is_bubble_up === true;
  } catch {
    return false;
  }
}

// Anything can be thrown. Of an object that has no text of its own only the kind is told.
function textOf(thrown: unknown): string {
  const text = String(thrown);
  return /^\[object \w+\]$/.test(text) ? `${describe(thrown)} was thrown` : text;
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function safeText(read: () => unknown): string {
  try {
    const value = read();
    return typeof value === 'string' ? value.slice(0, 1024).toWellFormed() : '';
  } catch {
    return '';
  }
}

const SUCCESS: JsonObject = shareJson({ [METADATA.STATUS_CODE]: 'OK' });

/** Metadata of an end event, with the outcome in it. */
export function addOutcome(given: JsonObject | null, outcome: Outcome | undefined): JsonObject | null {
  if (outcome === undefined) return given;
  const { status, description, errorType, cancelled: isCancelled } = outcome;
  if (given === null && status === 'OK' && !description && errorType === undefined && isCancelled !== true)
    return SUCCESS;
  const metadata: Record<string, Json> = { ...given };
  // What the application or the start said is of another outcome.
  for (const key of [METADATA.ERROR_TYPE, METADATA.EXCEPTION_TYPE, METADATA.CANCELLED]) delete metadata[key];
  metadata[METADATA.STATUS_CODE] = outcome.status;
  // A description that the application gave at the start is of another outcome.
  if (outcome.description) metadata[METADATA.STATUS_DESCRIPTION] = outcome.description;
  else delete metadata[METADATA.STATUS_DESCRIPTION];
  if (outcome.errorType !== undefined) metadata[METADATA.ERROR_TYPE] = outcome.errorType;
  if (outcome.exceptionType !== undefined) metadata[METADATA.EXCEPTION_TYPE] = outcome.exceptionType;
  if (outcome.cancelled === true) metadata[METADATA.CANCELLED] = true;
  return metadata;
}
