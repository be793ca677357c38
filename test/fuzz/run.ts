// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { runCase } from './case.ts';
import { startTracing } from './tracing.ts';
import { createWitness } from './witness.ts';

/**
 * What to run: the cases of a seed. An even seed runs with an SDK, an odd one without; of four that follow each other from 1, 5, … the first two are
 * watched by a subscriber, the others go their own ways.
 */
export interface Plan {
  readonly seed: number;
  readonly cases: number;
  /** The first case; default 0. */
  readonly from?: number;
  /** Told how far it is, now and then. */
  readonly progress?: (text: string) => void;
}

/** What came of it. */
export interface Report {
  readonly seed: number;
  readonly cases: number;
  readonly events: number;
  readonly seconds: number;
  /** The first case in which something did not hold. */
  readonly failure: { readonly case: number; readonly violations: readonly string[] } | undefined;
}

const CHECKPOINT = 100_000;
/** What a run may keep beyond what it kept after its first part, in bytes. */
const MAX_GROWTH = 48 * 1024 * 1024;
/** A case takes a millisecond; sanitizers have a second. */
const HANGS_AFTER_MS = 30_000;

/** Runs the cases one after the other, until one fails. Rejections and exceptions that nobody handles belong to the case that runs. */
export async function runCases({ seed, cases, from = 0, progress }: Plan): Promise<Report> {
  const tracing = seed % 2 === 0 ? startTracing() : undefined;
  const witness = isWatched(seed) ? createWitness() : undefined;
  const stray: string[] = [];
  const noteRejection = (error: unknown): void => void stray.push(`a rejection that nobody handles: ${textOf(error)}`);
  const noteException = (error: unknown): void => void stray.push(`an uncaught exception: ${textOf(error)}`);
  process.on('unhandledRejection', noteRejection);
  process.on('uncaughtException', noteException);
  // A stack that nobody has read holds its functions, and through them streams that are to count as abandoned. One case is run to be looked at.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = cases === 1 ? 50 : 0;
  const start = performance.now();
  const every = Math.min(CHECKPOINT, Math.max(1000, Math.ceil(cases / 4)));
  let kept: number | undefined;
  let failure: Report['failure'];
  let index = from;
  for (; index < from + cases && failure === undefined; index++) {
    const violations = await unlessHanging(runCase(seed, index, witness));
    tracing?.forgetSpans();
    if ((index - from + 1) % every === 0) {
      const { violation, bytes } = await settleMemory(kept, witness?.open);
      kept ??= bytes;
      if (violation !== undefined) stray.push(violation);
      const rate = Math.round((index - from + 1) / ((performance.now() - start) / 1000));
      progress?.(`${index + 1} cases, ${rate}/s, ${(bytes / 2 ** 20).toFixed(1)} MB`);
    }
    const all = [...violations, ...stray.splice(0)];
    if (all.length > 0) failure = { case: index, violations: all };
  }
  process.off('unhandledRejection', noteRejection);
  process.off('uncaughtException', noteException);
  witness?.stop();
  tracing?.stop();
  Error.stackTraceLimit = stackTraceLimit;
  const seconds = (performance.now() - start) / 1000;
  return { seed, cases: index - from, events: witness?.events ?? 0, seconds, failure };
}

/** Whether a subscriber reads along. */
export const isWatched = (seed: number): boolean => seed % 4 === 1 || seed % 4 === 2;

async function unlessHanging(work: Promise<readonly string[]>): Promise<readonly string[]> {
  const limit = new AbortController();
  const late = delay(HANGS_AFTER_MS, ['it hangs'], { signal: limit.signal }).catch(() => []);
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}

// Streams that were abandoned end when they are collected: what is open after that has no end.
async function settleMemory(
  kept: number | undefined,
  open: ReadonlyMap<string, string> = new Map(),
): Promise<{ readonly violation: string | undefined; readonly bytes: number }> {
  for (let turn = 0; turn < 20 && (turn < 2 || open.size > 0); turn++) {
    globalThis.gc?.();
    await delay(5);
  }
  const bytes = process.memoryUsage().heapUsed;
  if (open.size > 0) return { violation: `${open.size} of the scopes that were abandoned so far have no end`, bytes };
  const grown = kept === undefined ? 0 : bytes - kept;
  const violation = grown > MAX_GROWTH ? `memory grew by ${(grown / 2 ** 20).toFixed(1)} MB` : undefined;
  return { violation, bytes };
}

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : String(error);
  } catch {
    return 'a value that cannot be printed';
  }
}
