// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An instrumentation that the application depends on. */
export interface InstalledInstrumentation {
  /** As `OTEL_NODE_ENABLED_INSTRUMENTATIONS` has it. */
  readonly name: string;
  readonly module: string;
  /** A file from which the module resolves. */
  readonly from: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const PREFIX = '@opentelemetry/instrumentation-';
const BUNDLE = '@opentelemetry/auto-instrumentations-node';

/**
 * The packages `@opentelemetry/instrumentation-*` that stand in a `package.json` in one of the folders or above, and those that come with
 * `auto-instrumentations-node`. Reads a few small files and loads nothing. One that is named but not installed is left out when it is to start.
 */
export function findInstalled(folders: readonly string[]): readonly InstalledInstrumentation[] {
  const found = new Map<string, InstalledInstrumentation>();
  const collect = (manifest: string): void => {
    for (const module of dependenciesOf(manifest)) {
      const name = module.slice(PREFIX.length);
      if (module.startsWith(PREFIX) && !found.has(name)) found.set(name, { name, module, from: manifest });
      if (module === BUNDLE) bundles.add(manifest);
    }
  };
  const bundles = new Set<string>();
  for (const manifest of new Set(folders.flatMap(manifestsAbove))) collect(manifest);
  // What the application names itself goes before what comes along.
  for (const from of bundles) {
    const bundle = locate(BUNDLE, dirname(from));
    if (bundle !== undefined) collect(bundle);
  }
  return [...found.values()];
}

/** Instrumentations of SDKs that Flow patches itself: together they would tell of every call twice. */
export function findRivals(folders: readonly string[], sdks: readonly string[]): readonly string[] {
  const names = sdks.flatMap((sdk) => [
    `${PREFIX}${sdk}`,
    `@arizeai/openinference-instrumentation-${sdk}`,
    `@traceloop/instrumentation-${sdk}`,
  ]);
  const dependencies = new Set([...new Set(folders.flatMap(manifestsAbove))].flatMap(dependenciesOf));
  return names.filter((name) => dependencies.has(name));
}

function manifestsAbove(folder: string): readonly string[] {
  const files: string[] = [];
  for (let at = folder, above = dirname(at); ; at = above, above = dirname(at)) {
    const file = join(at, 'package.json');
    if (exists(file)) files.push(file);
    if (at === above) return files;
  }
}

/** Under `node --permission` a folder above the application may not even be asked for. */
function exists(file: string): boolean {
  try {
    return existsSync(file);
  } catch {
    return false;
  }
}

const read = new Map<string, readonly string[]>();

function dependenciesOf(manifest: string): readonly string[] {
  let names = read.get(manifest);
  if (names === undefined) {
    names = namesIn(manifest);
    read.set(manifest, names);
  }
  return names;
}

function namesIn(manifest: string): readonly string[] {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
    return Object.keys({ ...dependencies, ...optionalDependencies });
  } catch {
    return [];
  }
}

// Its exports hide its package.json, so that `resolve` does not find it.
function locate(module: string, from: string): string | undefined {
  for (let at = from, above = dirname(at); ; at = above, above = dirname(at)) {
    const file = join(at, 'node_modules', module, 'package.json');
    if (exists(file)) return file;
    if (at === above) return undefined;
  }
}
