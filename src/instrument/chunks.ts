// SPDX-License-Identifier: Apache-2.0
// Nothing in the sources and in ES modules, where all is loaded: the build of CommonJS puts the chunks of `scripts/lazy-modules.mjs` in the place of this file.

/**
 * Loads what the calls of a patched SDK will need, so that none of them has to: the files may be gone by then (a deployment that replaces them under the running
 * application) or not to be opened (no descriptors left), and a call must not fail of that.
 */
export function loadCallChunks(): void {}

/** Loads all that a first call would. */
export function loadAllChunks(): void {}
