// SPDX-License-Identifier: Apache-2.0
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getCallSites } from 'node:util';
import type { LoadedPackage } from './definition.ts';
import { packageAt } from './package-at.ts';

type Copy = Pick<LoadedPackage, 'version' | 'format' | 'path'>;

/**
 * Which copy of a package the client class of a Stainless SDK is from, though nobody saw it load: the method that makes its user agent is in the file of
 * the class, knows the version, and reads nothing but the name of the class, or not even that; another then reads the options. What is in no package of
 * that name is in a bundle, whose file is its path.
 */
export function copyOf(Client: unknown, module: string): Copy {
  let place = '';
  const constructor = {
    get name(): string {
      place = getCallSites(2)[1]?.scriptName ?? '';
      return '';
    },
  };
  const _options = {
    get defaultQuery(): undefined {
      place = getCallSites(2)[1]?.scriptName ?? '';
      return undefined;
    },
  };
  let agent = '';
  try {
    const { getUserAgent, defaultQuery } = ownerOf(Client, 'makeRequest') ?? {};
    agent = String(getUserAgent?.call({ constructor }));
    if (place === '') defaultQuery?.call({ _options });
  } catch {
    // Not as it was up to today; the version is all that is lost.
  }
  const path = place.startsWith('file:') ? fileURLToPath(place) : place;
  const found = packageAt(path);
  if (found?.name === module) {
    const isEsm = place.startsWith('file:') || extname(path) === '.mjs';
    return { version: found.version, format: isEsm ? 'esm' : 'cjs', path: found.folder };
  }
  return { version: /\/JS (\S+)/.exec(agent)?.[1] ?? 'unknown', format: 'bundled', path };
}

/** The prototype that has the method itself: the application's own class may extend the client, and name itself in its own way. */
function ownerOf(
  Client: unknown,
  method: string,
): { getUserAgent?: (this: object) => unknown; defaultQuery?: (this: object) => unknown } | undefined {
  let at = (Client as { prototype?: object } | undefined)?.prototype;
  while (at && !Object.hasOwn(at, method)) at = Object.getPrototypeOf(at) as object | undefined;
  return at;
}
