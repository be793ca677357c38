// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getRuntime } from '../api/runtime.ts';
import type { Instrumentation, LoadedPackage, PatchReport } from './definition.ts';
import { loadCallChunks } from './chunks.ts';
import { recordCoverage, tallyOf } from './ledger.ts';
import { type OnLoad, watchModules } from './module-loading.ts';
import type { LazyInstrumentations } from './otel-lazy.ts';
import { tellUnseen } from './blind-spots.ts';
import { checkHooks, checkUnpatched, guardClient } from './unpatched.ts';
import { watchUnseen } from './unseen.ts';

const HOOKS_FIX =
  'keep @flow/register out of the bundle and installed beside it; in Jest, call instrument() of @flow/register/sdk with the client class';

/** Patches the packages as the application loads them, by `require` and by `import`; `others` are told of theirs. */
export function hookModules(
  instrumentations: readonly Instrumentation[],
  others?: Pick<LazyInstrumentations, 'modules' | 'loaded'>,
): void {
  const byName = new Map(
    instrumentations.flatMap((each) =>
      [each.module, ...each.entries, ...(each.internals ?? [])].map((name) => [name, each] as const),
    ),
  );
  const patchCopy = (format: LoadedPackage['format'], ...[exports, name, baseDir]: Parameters<OnLoad>): unknown => {
    const instrumentation = byName.get(name);
    if (instrumentation === undefined) return exports;
    const copy = { name: instrumentation.module, version: versionOf(baseDir), format, path: baseDir ?? '' };
    return patch(instrumentation, { ...copy, exports, name, tally: tallyOf(copy) });
  };
  const patchLoaded =
    (format: LoadedPackage['format']): OnLoad =>
    (exports, name, baseDir) => {
      const given = patchCopy(format, exports, name, baseDir);
      return others === undefined ? given : others.loaded(format, given, name, baseDir);
    };
  watchUnseen(instrumentations);
  const internals = instrumentations.flatMap((each) => each.internals ?? []);
  const names = [...byName.keys(), ...(others?.modules ?? [])].filter((name) => !internals.includes(name));
  const linked: OnLoad = (...loaded) => patchCopy('cjs', ...loaded);
  watchModules({ names, internals }, { cjs: patchLoaded('cjs'), esm: patchLoaded('esm'), linked }, (error) => {
    const [reason] = String((error as Error | undefined)?.message ?? error).split(/[\n:]/, 1);
    const message = `AI SDKs cannot be patched as they load (${reason}), so their calls are neither observed nor controlled; ${fixFor(error)}`;
    checkHooks(message);
    getRuntime().internals.settings.print('warn', message);
  });
}

/** Under `node --permission`, older versions of Node hook modules in a thread of their own. */
function fixFor(error: unknown): string {
  const { code, permission } = (error ?? {}) as { code?: unknown; permission?: unknown };
  if (code !== 'ERR_ACCESS_DENIED') return HOOKS_FIX;
  return `start Node with ${permission === 'WorkerThreads' ? '--allow-worker' : '--allow-fs-read for its packages'} as well`;
}

/** Patches one copy, notes it in the coverage ledger, and says what is missing. Returns the exports for the application. */
export function patch(instrumentation: Instrumentation, loaded: LoadedPackage): unknown {
  const { module, seams } = instrumentation;
  const { print } = getRuntime().internals.settings;
  const label = `${module}@${loaded.version} (${loaded.format})`;
  const report = patchPoints(instrumentation, loaded, label);
  const exports = report.exports ?? loaded.exports;
  // An entry without the client holds some of the points only.
  if (loaded.name !== module && report.client === undefined) return exports;
  const { version, format, path, tally } = loaded;
  const isNew = recordCoverage({ name: module, version, format, path, tally }, report);
  if (isNew) tellUnseen(instrumentation);
  const missing = report.missing.join(', ');
  const external = loaded.format === 'bundled' ? 'keep it external (esbuild: --packages=external), ' : '';
  const fix = `${external}use ${versionsOf(instrumentation, loaded.version)}`;
  if (isNew && report.missing.length > 0)
    print(
      'warn',
      `${label} has no ${missing}: calls that go there are neither observed nor controlled; ${fix}, or report this version`,
    );
  else if (isNew) print('debug', `patched ${label}: ${report.patched.join(', ')}`);
  if (seams.every((seam) => report.patched.includes(seam))) return exports;
  const message = `${label} has no ${missing}, so policy cannot see its calls; ${fix}`;
  guardClient(report.client, message);
  checkUnpatched(message);
  return exports;
}

/** The versions to use where something is missing in this one. */
function versionsOf({ majors, since }: Instrumentation, version: string): string {
  const [first = ''] = since?.split(' ', 1) ?? [];
  const isBefore = since !== undefined && version.localeCompare(first, 'en', { numeric: true }) < 0;
  return isBefore ? `${since} or later` : `a version of the majors ${majors.join(' to ')}`;
}

function patchPoints(instrumentation: Instrumentation, loaded: LoadedPackage, label: string): PatchReport {
  try {
    loadCallChunks();
    return instrumentation.patch(loaded);
  } catch (error) {
    getRuntime().internals.settings.print('warn', `${label} could not be patched: ${String(error)}`);
    return { patched: [], missing: ['patch point that could be used'], client: undefined };
  }
}

function versionOf(baseDir: string | undefined): string {
  try {
    return (JSON.parse(readFileSync(join(baseDir as string, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
