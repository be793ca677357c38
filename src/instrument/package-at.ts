// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** The package that a file belongs to. */
export interface PackageAt {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

const known = new Map<string, PackageAt | undefined>();

/** The package in whose folder a file lies: that of the nearest `package.json` that has a name. Undefined where there is none. */
export function packageAt(file: string): PackageAt | undefined {
  return isAbsolute(file) ? packageIn(dirname(file)) : undefined;
}

function packageIn(folder: string): PackageAt | undefined {
  if (known.has(folder)) return known.get(folder);
  const above = dirname(folder);
  const found = read(folder) ?? (above === folder ? undefined : packageIn(above));
  known.set(folder, found);
  return found;
}

function read(folder: string): PackageAt | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<PackageAt>;
    const { name, version = 'unknown' } = manifest;
    return typeof name === 'string' ? { name, version, folder } : undefined;
  } catch {
    return undefined;
  }
}
