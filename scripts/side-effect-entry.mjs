// SPDX-License-Identifier: Apache-2.0

/**
 * The ES module of an entry that only has a side effect: it loads the CommonJS build beside it. In a bundle nothing is beside it: that must not
 * end the application, unless policy was to be in force. That build runs again where `-r` has loaded it already: a second start says so.
 */
export function sideEffectEntry(name) {
  return `import { createRequire } from 'node:module';
let load;
let entry;
try {
  load = createRequire(import.meta.url);
  entry = load.resolve('../cjs/${name}.js');
} catch {
  load = undefined;
}
if (load !== undefined) {
  delete load.cache[entry];
  load(entry);
} else {
  if (process.env.FLOW_LOG !== 'none') console.error('${BUNDLED}');
  if (process.env.FLOW_UNPATCHED === 'refuse' || process.env.FLOW_CONFIG) process.exit(78);
}
`;
}

const BUNDLED =
  'flow: not started, because @flow/register was bundled into the application; keep it external, for example by ' +
  'esbuild --external:@flow/register, install it beside the bundle, and start with node --import @flow/register';
