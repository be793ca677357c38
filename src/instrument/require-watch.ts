// SPDX-License-Identifier: Apache-2.0
import nodeModule, { createRequire } from 'node:module';
import { packageAt } from './package-at.ts';

type OnLoad = (exports: unknown, name: string, baseDir: string | undefined) => unknown;
type Load = (this: unknown, id: string, ...rest: unknown[]) => unknown;
type Seam = 'require' | 'getBuiltinModule';

/** What the resolver tells the watch, and how the real hook comes in its place. */
export interface RequireWatch {
  /** Runs `hook`, which wraps `require`. Whoever has wrapped it since stays around it. */
  wrap(hook: () => void): void;
  /** `specifier` was resolved for a `require`, maybe the one that is under way. */
  resolved(specifier: string, url: string): void;
}

/**
 * Stands where a hook of `require` will be, and calls `onFirst` when one of these modules is about to be loaded: so that the hook itself need
 * not be loaded before. `onFirst` calls `wrap`. `onLinked` is called with what the hook leaves alone: packages of a workspace, outside of `node_modules`.
 */
export function watchRequire(names: readonly string[], onFirst: () => void, onLinked: OnLoad): RequireWatch {
  const owners = { require: nodeModule.prototype, getBuiltinModule: process } as unknown as {
    [S in Seam]: Record<S, Load>;
  };
  const seams: Record<Seam, Load> = {
    require: owners.require.require,
    getBuiltinModule: owners.getBuiltinModule.getBuiltinModule,
  };
  const known = new Set<unknown>(names);
  const told = new Set<string>();
  let isWrapped = false;
  // The call of `require` that was not resolved yet.
  let pending: { readonly module: unknown; readonly id: string } | undefined;

  owners.require.require = function require(...args) {
    if (!isWrapped) {
      pending = { module: this, id: args[0] };
      if (isNamed(args[0])) onFirst();
    }
    const exports = seams.require.apply(this, args);
    if (known.has(args[0])) tellLinked(this, args[0], exports);
    return exports;
  };
  owners.getBuiltinModule.getBuiltinModule = function getBuiltinModule(...args) {
    if (!isWrapped && isNamed(args[0])) onFirst();
    return seams.getBuiltinModule.apply(this, args);
  };

  /** Once for each place that asks: what is patched stays it. */
  function tellLinked(parent: unknown, id: string, exports: unknown): void {
    const { filename } = parent as { readonly filename?: string | null };
    const place = `${filename} ${id}`;
    if (told.has(place)) return;
    const folder = filename ? linkedFolder(filename, id) : undefined;
    if (folder !== undefined) onLinked(exports, id, folder);
    told.add(place);
  }

  function isNamed(id: unknown): boolean {
    if (typeof id !== 'string') return false;
    const plain = id.startsWith('node:') ? id.slice('node:'.length) : id;
    return names.some((name) => plain === name || (plain.startsWith(name) && plain[name.length] === '/'));
  }

  return {
    wrap(hook) {
      isWrapped = true;
      pending = undefined;
      const outermost = { require: owners.require.require, getBuiltinModule: owners.getBuiltinModule.getBuiltinModule };
      owners.require.require = seams.require;
      owners.getBuiltinModule.getBuiltinModule = seams.getBuiltinModule;
      try {
        hook();
      } finally {
        seams.require = owners.require.require;
        seams.getBuiltinModule = owners.getBuiltinModule.getBuiltinModule;
        owners.require.require = outermost.require;
        owners.getBuiltinModule.getBuiltinModule = outermost.getBuiltinModule;
      }
    },
    resolved(specifier, url) {
      if (isWrapped || pending === undefined) return;
      const { module, id } = pending;
      pending = undefined;
      // By a path, a link or an alias of `imports`: loaded here through the hook, what is under way then finds it patched.
      if (id !== specifier || !names.some((name) => url.includes(`/node_modules/${name}/`))) return;
      onFirst();
      owners.require.require.call(module, id);
    },
  };
}

/** The folder of a package that is required by its name and lies in no `node_modules`; undefined for all others. */
function linkedFolder(from: string, id: string): string | undefined {
  try {
    const file = createRequire(from).resolve(id);
    const found = /[\\/]node_modules[\\/]/.test(file) ? undefined : packageAt(file);
    return found !== undefined && (id === found.name || id.startsWith(`${found.name}/`)) ? found.folder : undefined;
  } catch {
    return undefined;
  }
}
