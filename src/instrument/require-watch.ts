// SPDX-License-Identifier: Apache-2.0
import nodeModule from 'node:module';

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
 * not be loaded before. `onFirst` calls `wrap`.
 */
export function watchRequire(names: readonly string[], onFirst: () => void): RequireWatch {
  const owners = { require: nodeModule.prototype, getBuiltinModule: process } as unknown as {
    [S in Seam]: Record<S, Load>;
  };
  const seams: Record<Seam, Load> = {
    require: owners.require.require,
    getBuiltinModule: owners.getBuiltinModule.getBuiltinModule,
  };
  let isWrapped = false;
  // The call of `require` that was not resolved yet.
  let pending: { readonly module: unknown; readonly id: string } | undefined;

  owners.require.require = function require(...args) {
    if (!isWrapped) {
      pending = { module: this, id: args[0] };
      if (isNamed(args[0])) onFirst();
    }
    return seams.require.apply(this, args);
  };
  owners.getBuiltinModule.getBuiltinModule = function getBuiltinModule(...args) {
    if (!isWrapped && isNamed(args[0])) onFirst();
    return seams.getBuiltinModule.apply(this, args);
  };

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
