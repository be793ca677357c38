// SPDX-License-Identifier: Apache-2.0

const OLDEST = [22, 15] as const;

/**
 * What is wrong with this Node, if anything. Modules cannot be patched as they load before 22.15, so Flow does not start there. Every module on the
 * way to this check must load in older ones.
 */
export function unsupportedNode(version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `needs Node.js 22.15 or newer, this is ${version}: nothing is observed and nothing controlled; update Node.js`;
}
