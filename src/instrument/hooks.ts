// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire, register as registerLoader, registerHooks } from 'node:module';
import { join } from 'node:path';
import { getRuntime } from '../api/runtime.ts';
import type { Instrumentation, LoadedPackage, PatchReport } from './definition.ts';
import { recordCoverage, tallyOf } from './ledger.ts';
import { checkUnpatched, guardClient } from './unpatched.ts';

type OnLoad = (exports: unknown, name: string, baseDir: string | undefined) => unknown;
// Both hooks may be called without `new`.
type Hook = (modules: readonly string[], options: { internals: boolean }, onLoad: OnLoad) => unknown;

/**
 * Patches the packages as the application loads them, by `require` and by `import`. The hooks are the very copies that
 * `@opentelemetry/instrumentation` uses: a second copy of the loader hook would patch nothing.
 */
export function hookModules(instrumentations: readonly Instrumentation[]): void {
  const byName = new Map(
    instrumentations.flatMap((each) => [each.module, ...each.entries].map((name) => [name, each])),
  );
  const names = [...byName.keys()];
  const beside = createRequire(createRequire(import.meta.url).resolve('@opentelemetry/instrumentation'));
  const patchLoaded =
    (format: LoadedPackage['format']): OnLoad =>
    (exports, name, baseDir) => {
      const instrumentation = byName.get(name);
      const path = baseDir ?? '';
      const tally = tallyOf({ format, path });
      if (instrumentation !== undefined)
        patch(instrumentation, { exports, name, format, path, tally, version: versionOf(baseDir) });
      return exports;
    };
  const { Hook: RequireHook } = beside('require-in-the-middle') as { Hook: Hook };
  RequireHook(names, { internals: false }, patchLoaded('cjs'));
  registerImportHook(beside, names);
  const { Hook: ImportHook } = beside('import-in-the-middle') as { Hook: Hook };
  ImportHook(names, { internals: false }, patchLoaded('esm'));
}

function registerImportHook(beside: NodeJS.Require, include: readonly string[]): void {
  const { register, supportsSyncHooks } = beside('import-in-the-middle/register-hooks.mjs') as {
    register: (options: { include: readonly string[] }) => void;
    supportsSyncHooks: () => boolean;
  };
  if (!supportsSyncHooks()) {
    registerLoader('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include } });
    return;
  }
  register({ include });
  // The loader hook takes a built-in that is required without a parent (a global of `--eval`, the REPL) for a CommonJS file.
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.format === 'commonjs' && resolved.url.startsWith('node:')
        ? { ...resolved, format: 'builtin' }
        : resolved;
    },
  });
}

function patch(instrumentation: Instrumentation, loaded: LoadedPackage): void {
  const { module, majors, seams } = instrumentation;
  const { print } = getRuntime().internals.settings;
  const label = `${module}@${loaded.version} (${loaded.format})`;
  const report = patchPoints(instrumentation, loaded, label);
  // An entry without the client holds some of the points only.
  if (loaded.name !== module && report.client === undefined) return;
  const { version, format, path, tally } = loaded;
  const isNew = recordCoverage({ name: module, version, format, path, tally }, report);
  const missing = report.missing.join(', ');
  const fix = `use a version of the majors ${majors.join(' to ')}`;
  if (isNew && report.missing.length > 0)
    print(
      'warn',
      `${label} has no ${missing}: calls that go there are neither observed nor controlled; ${fix}, or report this version`,
    );
  else if (isNew) print('debug', `patched ${label}: ${report.patched.join(', ')}`);
  if (seams.every((seam) => report.patched.includes(seam))) return;
  const message = `${label} has no ${missing}, so policy cannot see its calls; ${fix}`;
  guardClient(report.client, message);
  checkUnpatched(message);
}

function patchPoints(instrumentation: Instrumentation, loaded: LoadedPackage, label: string): PatchReport {
  try {
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
