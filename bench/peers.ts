// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What Flow is measured against, with versions and lock of its own; never a dependency. */
const HOME = join(import.meta.dirname, 'peers');
/** Where profiles and compiled helpers go. */
export const CACHE: string = join(import.meta.dirname, '../node_modules/.cache/bench');

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const manifest = (folder: string): Manifest => {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : {};
};

/** The peers' exact versions. */
export const PEERS: Readonly<Record<string, string>> = manifest(HOME).dependencies ?? {};

// Of packages with a binary for each platform, one has to be there: an npm on another Node leaves it out without a word.
function isInstalled(name: string, version: string): boolean {
  const { version: found, optionalDependencies = {} } = manifest(join(HOME, 'node_modules', name));
  const binaries = Object.keys(optionalDependencies);
  return (
    found === version &&
    (binaries.length === 0 || binaries.some((each) => existsSync(join(HOME, 'node_modules', each))))
  );
}

const missing = (): string[] =>
  Object.entries(PEERS)
    .filter(([name, version]) => !isInstalled(name, version))
    .map(([name, version]) => `${name}@${version}`);

/** Installs what is not there. Returns why peers cannot be measured, if so. */
export function installPeers(): string | undefined {
  if (missing().length === 0) return undefined;
  const npm = (command: string, ...options: string[]): string => {
    const args = [command, ...options, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { stdout, stderr } = spawnSync('npm', args, {
      cwd: HOME,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    return `${stdout}${stderr}`.trim();
  };
  console.error('bench: installing the peers into bench/peers');
  // `npm ci` refuses a lock in which a registry had no binaries of other platforms.
  const refused = npm('ci');
  const said = missing().length > 0 ? `${refused}\n${npm('install', '--no-save')}` : refused;
  return missing().length === 0 ? undefined : `npm could not install ${missing().join(', ')}: ${said}`;
}

const require = createRequire(join(HOME, 'package.json'));

/** Loads a peer. */
export function loadPeer<Shape>(name: string): Shape {
  return require(name) as Shape;
}

/** The file that a specifier of the peers leads to. */
export function resolvePeer(specifier: string): string {
  return require.resolve(specifier);
}
