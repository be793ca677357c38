// SPDX-License-Identifier: Apache-2.0
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, sep } from 'node:path';

/** What Node's own loader uses of its modules, and whoever compiles what it loads. */
interface CommonJs extends NodeJS.Module {
  _compile(text: string, file: string, format: 'commonjs'): unknown;
}

const pathsOf: (folder: string) => string[] = (folder) =>
  (Module as unknown as { _nodeModulePaths: typeof pathsOf })._nodeModulePaths(folder);

/**
 * Loads the fifty files of `@opentelemetry/api` without asking Node where each of them is. That would be half of a start: so many paths to normalise
 * that V8 optimises the function that does it, which takes 6 MB. They are the installed files, of whatever version, compiled by Node and put where
 * `require` looks first: the process has the very copy that it would have had. What is unusual about them is left to `require`.
 */
export function loadApiFiles(from: string = import.meta.url): void {
  const added: string[] = [];
  let cache: NodeJS.Dict<NodeJS.Module> = {};
  try {
    const require = createRequire(from);
    ({ cache } = require);
    const main = require.resolve('@opentelemetry/api');
    // Somebody may have a loader of his own for files of this kind.
    const isOrdinary = !('.cjs' in require.extensions) && process.versions['pnp'] === undefined;
    if (isOrdinary && !(main in cache)) loadFile(main, dirname(main), undefined);
  } catch {
    for (const file of added) delete cache[file];
  }

  /** Throws where `require` might do anything else. */
  function loadFile(file: string, folder: string, parent: CommonJs | undefined): unknown {
    const known = cache[file];
    if (known !== undefined) {
      if (parent !== undefined && !parent.children.includes(known)) parent.children.push(known);
      return known.exports;
    }
    // These are CommonJS whatever the manifest says; and one that is a link has another address.
    if (!file.endsWith('.cjs') || realpathSync.native(file) !== file) throw new Error(`${file} is left to require`);
    const module = new Module(file, parent) as CommonJs;
    module.filename = file;
    module.paths = folder === parent?.path ? [...parent.paths] : pathsOf(folder);
    cache[file] = module;
    // Jest's is only to be looked at.
    if (cache[file] !== module) throw new Error(`${file} is left to require`);
    added.push(file);
    module.require = ((id: string) => loadRelative(id, folder, module)) as NodeJS.Require;
    module._compile(readFileSync(file, 'utf8'), file, 'commonjs');
    delete (module as Partial<CommonJs>).require;
    module.loaded = true;
    return module.exports;
  }

  /** `../trace/status.cjs` seen from a folder. */
  function loadRelative(id: string, folder: string, parent: CommonJs): unknown {
    const [first, ...rest] = id.split('/');
    const name = rest.pop();
    if ((first !== '.' && first !== '..') || name === undefined) throw new Error(`${id} is left to require`);
    let at = folder;
    for (const part of [first, ...rest])
      if (part === '..') at = at.slice(0, at.lastIndexOf(sep));
      else if (part !== '.') at = `${at}${sep}${part}`;
    return loadFile(`${at}${sep}${name}`, at, parent);
  }
}
