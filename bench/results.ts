// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { PEERS } from './peers.ts';
import type { Row } from './table.ts';

/** Kept results, a file for each row. `docs/performance.md` is written from them. */
const RESULTS: string = join(import.meta.dirname, 'results');
const PROFILE = 'profile-';

/** A row and how it came about. */
export interface Result extends Row {
  readonly date: string;
  readonly node: string;
  /** Processes that wanted to run, for each core, in the minute before the row was complete. */
  readonly load?: number;
  readonly peers: Readonly<Record<string, string>>;
}

/** Where the time of one case goes, in microseconds per call or chunk. */
export interface ProfileResult {
  readonly name: string;
  readonly date: string;
  readonly node: string;
  readonly phases: Readonly<Record<string, number>>;
}

/** Keeps a row in place of an earlier one. */
export function saveRow(row: Row): void {
  const date = new Date().toISOString().slice(0, 10);
  const load = (loadavg()[0] ?? 0) / availableParallelism();
  const result: Result = { ...row, date, node: process.version, load, peers: PEERS };
  saveResult(row.name, result);
}

/** Keeps the phases of a profile in place of earlier ones. */
export function saveProfile(name: string, phases: ReadonlyMap<string, number>): void {
  const date = new Date().toISOString().slice(0, 10);
  const result: ProfileResult = { name, date, node: process.version, phases: Object.fromEntries(phases) };
  saveResult(`${PROFILE}${name}`, result);
}

/** The kept rows. */
export const loadRows = (): readonly Result[] => loadAll<Result>((file) => !file.startsWith(PROFILE));

/** The kept phases of profiles. */
export const loadProfiles = (): readonly ProfileResult[] => loadAll<ProfileResult>((file) => file.startsWith(PROFILE));

// Numbers with four digits: more are noise, and would make each run a larger change.
function saveResult(name: string, value: unknown): void {
  mkdirSync(RESULTS, { recursive: true });
  const short = (_key: string, each: unknown): unknown =>
    typeof each === 'number' ? Number(each.toPrecision(4)) : each;
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(value, short)}\n`);
}

function loadAll<Shape>(chosen: (file: string) => boolean): readonly Shape[] {
  return readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json') && chosen(file))
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as Shape);
}
