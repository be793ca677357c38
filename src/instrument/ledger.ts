// SPDX-License-Identifier: Apache-2.0
import type { LoadedPackage, PatchReport } from './definition.ts';

/** What is known about one loaded copy of an AI SDK. */
export interface Coverage extends Pick<PatchReport, 'patched' | 'missing'> {
  readonly name: string;
  readonly version: string;
  readonly format: LoadedPackage['format'];
  readonly path: string;
  /** Calls of this copy that were managed so far. */
  readonly calls: number;
}

/** The name and version as well: of what is in a bundle, or was never seen, the path is no more than the bundle's. */
type Identity = Pick<LoadedPackage, 'name' | 'version' | 'format' | 'path'>;
type Row = Omit<LoadedPackage, 'exports'> & { report: Pick<PatchReport, 'patched' | 'missing'> };

/** One list per process: `--import` loads the ES module copy of Flow, and the application may ask the CommonJS one. */
const KEY: unique symbol = Symbol.for('flow.coverage.v1') as never;
const rows: Row[] = ((globalThis as { [KEY]?: Row[] })[KEY] ??= []);
const tallies = new Map<string, LoadedPackage['tally']>();

/** The count of a copy: one, however many of its entries are loaded. */
export function tallyOf({ name, version, format, path }: Identity): LoadedPackage['tally'] {
  const key = `${name} ${version} ${format} ${path}`;
  const tally = tallies.get(key) ?? { calls: 0, sending: 0 };
  tallies.set(key, tally);
  return tally;
}

/** Notes what was patched in a copy. False where the copy is known already, by another entry: it gains the points found now. */
export function recordCoverage(loaded: Omit<Row, 'report'>, { patched, missing }: Row['report']): boolean {
  const identity = ['name', 'version', 'format', 'path'] as const;
  const row = rows.find((each) => identity.every((key) => each[key] === loaded[key]));
  if (row === undefined) {
    rows.push({ ...loaded, report: { patched, missing } });
    return true;
  }
  const found = [...new Set([...row.report.patched, ...patched])];
  row.report = { patched: found, missing: row.report.missing.filter((point) => !found.includes(point)) };
  return false;
}

/** Whether a copy of this SDK that was seen to load, and has this version for all that is known, has a request for a model call under way. */
export function isSending(name: string, version: string): boolean {
  return rows.some((row) => row.name === name && [version, 'unknown'].includes(row.version) && row.tally.sending > 0);
}

/** Every copy of a supported SDK that this process loaded, in order of loading, as of now. */
export function coverage(): readonly Coverage[] {
  return rows.map(({ name, version, format, path, tally, report }) => {
    const { patched, missing } = report;
    return { name, version, format, path, patched, missing, calls: tally.calls };
  });
}
