// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Who called the OpenTelemetry API, as a stack tells. */
export interface Caller {
  /** A package with its version, or a place in the application. */
  readonly name: string;
  /** Version of the copy of `@opentelemetry/api` that was called, where the stack shows one. */
  readonly api: string | undefined;
}

const API = /[\\/]@opentelemetry[\\/]api(?:-logs)?[\\/]/;
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/;

/** The first frame outside of the API. Never throws: a stack may be anything, or empty. */
export function callerIn(stack: string): Caller {
  const frames = stack.split('\n').flatMap(placeIn);
  const inApi = frames.find(({ path }) => API.test(path) && !path.includes('api-logs'));
  const caller = frames.find(({ path }) => !API.test(path));
  return { name: caller === undefined ? 'something' : nameOf(caller), api: inApi && manifestOf(inApi.path)?.version };
}

interface Place {
  readonly path: string;
  readonly line: string;
}

function placeIn(frame: string): Place[] {
  const match = /^\s+at (?:.*? \()?(.+):(\d+):\d+\)?$/.exec(frame);
  if (match === null || match[1]?.startsWith('node:')) return [];
  const [, place = '', line = ''] = match;
  return [{ path: toPath(place.replace(/^async /, '')), line }];
}

function toPath(place: string): string {
  try {
    return place.startsWith('file:') ? fileURLToPath(place) : place;
  } catch {
    return place;
  }
}

function nameOf({ path, line }: Place): string {
  const manifest = manifestOf(path);
  const here = process.cwd() + sep;
  const place = path.startsWith(here) ? path.slice(here.length) : path;
  return manifest === undefined
    ? `the application (${place}:${line})`
    : `${manifest.name} ${manifest.version}`.trimEnd();
}

// Undefined for what lies in no package of an installation.
function manifestOf(path: string): { readonly name: string; readonly version: string } | undefined {
  const folder = PACKAGE.exec(path)?.[0];
  if (folder === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string };
  } catch {
    return { name: folder.replaceAll('\\', '/').split('/node_modules/').at(-1) as string, version: '' };
  }
}
