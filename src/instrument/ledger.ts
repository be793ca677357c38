// SPDX-License-Identifier: Apache-2.0
import type { LoadedPackage, PatchReport } from './definition.ts';

/** What is known about one loaded copy of an AI SDK. */
export interface Coverage extends PatchReport {
  readonly name: string;
  readonly version: string;
  readonly format: LoadedPackage['format'];
  readonly path: string;
}

const rows: Coverage[] = [];

/** Notes what was patched in a copy. */
export function recordCoverage({ name, version, format, path }: LoadedPackage, report: PatchReport): void {
  rows.push({ name, version, format, path, ...report });
}

/** Every copy of a supported SDK that this process loaded, in order of loading. */
export function coverage(): readonly Coverage[] {
  return rows;
}
