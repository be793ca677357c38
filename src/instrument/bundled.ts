// SPDX-License-Identifier: Apache-2.0

/**
 * Packages that the build has put into chunks of its own: by name, the chunk and the export that stands for the package. Loading fifty
 * small files costs a start more than running them. Empty in the sources, where every package comes from node_modules; the build
 * puts its table in the place of this file.
 */
export const bundled: Readonly<Record<string, readonly [chunk: string, name: string]>> = {};
