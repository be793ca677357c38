// SPDX-License-Identifier: Apache-2.0
import nodeModule, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { asPackageImport, internalName } from './file-imports.ts';
import { HERE } from './load.ts';
import { watchRequire } from './require-watch.ts';

/** Takes a module's exports as it was loaded and gives what the application gets. The folder is that of its package. */
export type OnLoad = (exports: unknown, name: string, baseDir: string | undefined) => unknown;

/** Both hooks may be called without `new`. */
type Hook = (modules: readonly string[], options: { internals: boolean }, onLoad: OnLoad) => unknown;

interface ImportHooks {
  applyOptions(options: { include: readonly string[] }): void;
  readonly resolveSync: nodeModule.ResolveHookSync;
  readonly loadSync: nodeModule.LoadHookSync;
}

/** What is hooked. */
export interface Watched {
  /** By which applications, and packages among each other, ask for modules. */
  readonly names: readonly string[];
  /** Files that their own packages import by a path. */
  readonly internals: readonly string[];
}

/**
 * Calls `onLoad` for the modules of these names, as `require` and `import` load them; `linked` for those that a `require` finds outside of every
 * `node_modules`, of which the hooks know nothing. The hooks are the very copies that
 * `@opentelemetry/instrumentation` uses: a second copy of the loader hook would patch nothing. They are loaded when the first of the
 * names is about to be: parsers and all, they cost a start more than the rest of Flow. Nobody may have to catch what goes wrong then.
 */
export function watchModules(
  watched: Watched,
  onLoad: Readonly<Record<'cjs' | 'esm' | 'linked', OnLoad>>,
  onFailure: (error: unknown) => void,
): void {
  try {
    watch(watched, onLoad, onFailure);
  } catch (error) {
    onFailure(error);
  }
}

function watch(...[watched, onLoad, onFailure]: Parameters<typeof watchModules>): void {
  const { internals } = watched;
  const names = [...watched.names, ...internals];
  const beside = createRequire(createRequire(HERE).resolve('@opentelemetry/instrumentation'));
  const hook = (library: string, format: 'cjs' | 'esm'): void => {
    (beside(library) as { Hook: Hook }).Hook(names, { internals: false }, onLoad[format]);
  };
  const { supportsSyncHooks } = beside('import-in-the-middle/supports-sync-hooks.mjs') as {
    supportsSyncHooks: () => boolean;
  };
  if (!supportsSyncHooks()) {
    hook('require-in-the-middle', 'cjs');
    nodeModule.register('@opentelemetry/instrumentation/hook.mjs', HERE, { data: { include: names } });
    hook('import-in-the-middle', 'esm');
    return;
  }

  let isInstalled = false;
  let importHooks: ImportHooks | undefined;
  const required = watchRequire(names, install, onLoad.linked);
  nodeModule.registerHooks({
    resolve(specifierInput, contextInput, nextResolve) {
      const given = { specifier: specifierInput, context: contextInput };
      const isRequired = contextInput.conditions.includes('require');
      const { specifier, context } = isRequired ? given : (asPackageImport(given, names, nextResolve) ?? given);
      if (!isRequired && names.includes(specifier)) install();
      let plain: ReturnType<typeof nextResolve> | undefined;
      const resolved = (importHooks?.resolveSync ?? plainResolve)(
        specifier,
        context,
        (...args) => (plain = nextResolve(...args)),
      );
      if (!isRequired) {
        const known =
          plain && !names.includes(specifier) && asPackageImport({ specifier: plain.url, context }, names, nextResolve);
        if (known) {
          install();
          return (importHooks?.resolveSync ?? plainResolve)(known.specifier, known.context, nextResolve);
        }
        const internal = plain && internalName(plain.url, context, internals);
        if (plain === undefined || internal === undefined) return resolved;
        install();
        const found = plain;
        return (importHooks?.resolveSync ?? plainResolve)(internal, context, (asked, ...rest) =>
          asked === internal ? found : nextResolve(asked, ...rest),
        );
      }
      required.resolved(specifier, resolved.url);
      // The loader hook takes a built-in that is required without a parent (a global of `--eval`, the REPL) for a CommonJS file.
      return resolved.format === 'commonjs' && resolved.url.startsWith('node:')
        ? { ...resolved, format: 'builtin' }
        : resolved;
    },
  });

  function install(): void {
    if (isInstalled) return;
    isInstalled = true;
    try {
      required.wrap(() => hook('require-in-the-middle', 'cjs'));
      const { createHook } = beside('import-in-the-middle/create-hook.mjs') as {
        createHook: (meta: { url: string }) => ImportHooks;
      };
      // What the library's own `register` does; but that one is too late for the import that is being resolved.
      importHooks = createHook({ url: pathToFileURL(beside.resolve('import-in-the-middle/register-hooks.mjs')).href });
      importHooks.applyOptions({ include: names });
      nodeModule.registerHooks({ load: importHooks.loadSync });
      hook('import-in-the-middle', 'esm');
    } catch (error) {
      onFailure(error);
    }
  }
}

const plainResolve: nodeModule.ResolveHookSync = (specifier, context, nextResolve) => nextResolve(specifier, context);
