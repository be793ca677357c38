// SPDX-License-Identifier: Apache-2.0
import { isBuiltin } from 'node:module';
import { promisify } from 'node:util';

/** Modules of Node that take milliseconds to load, and of which a start calls nothing. */
const lazy = ['child_process', 'crypto', 'fs/promises', 'timers/promises'];
const prefix = '\0lazy:';

/** Whether {@link lazyBuiltins} is to see this import: bundlers take what is external out of a plugin's hands. */
export const isLazy = (id) => lazy.includes(id.replace(/^node:/, ''));

/**
 * For CommonJS: functions imported from these modules load theirs with the first call. And the object for a default import has the module as its
 * prototype; the bundler's own looks at every property, which makes `util` load worker threads and streams.
 */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  resolveId(id, importer) {
    if (!isLazy(id)) return undefined;
    const name = id.replace(/^node:/, '');
    return importer?.startsWith(prefix) ? { id: `node:${name}`, external: true } : `${prefix}${name}`;
  },
  load: (id) => (id.startsWith(prefix) ? facade(id.slice(prefix.length)) : undefined),
  renderChunk: (code) =>
    code.replaceAll(/(require\("([\w:/]+)"\);\n)(\S+) = (?:\S+\.)?__toESM\(\3(?:, 1)?\);/g, (text, load, id, name) =>
      isBuiltin(id) ? `${load}${name} = { __proto__: ${name}, default: ${name} };` : text,
    ),
};

async function facade(name) {
  const builtin = await import(`node:${name}`);
  const keys = Object.keys(builtin).filter((key) => /^[a-z]/.test(key) && typeof builtin[key] === 'function');
  // What `util.promisify` makes of it: `exec` gives both outputs then.
  const promised = `Symbol.for('nodejs.util.promisify.custom')`;
  return [
    // Not by `require`: Jest takes it away with the environment of a test file, and timers go on.
    `let loaded; const real = () => (loaded ??= process.getBuiltinModule('node:${name}'));`,
    ...keys.map((key) => `export function ${key}(...args) { return real().${key}(...args); }`),
    ...keys
      .filter((key) => builtin[key][promisify.custom] !== undefined)
      .map((key) => `${key}[${promised}] = (...args) => real().${key}[${promised}](...args);`),
  ].join('\n');
}
