// SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import { getRuntime } from '../api/runtime.ts';
import type { Instrumentation } from './definition.ts';
import { coverage, recordCoverage, tallyOf } from './ledger.ts';

/** A request as Node's own clients publish it: of `fetch` with its headers in a row, of `node:http` with a method to ask. */
interface Published {
  readonly headers?: unknown;
  getHeader?(name: string): unknown;
}

const BUNDLED = { format: 'bundled', path: '' } as const;

/**
 * Says once when an SDK sends requests although no copy of it was seen to load: it is inside of a bundle, was loaded before Flow, or a test
 * runner gave it modules of its own. Its name is in the requests. Such a copy is a row of the coverage ledger with nothing patched.
 */
export function watchUnseen(instrumentations: readonly Instrumentation[]): void {
  const said = new Set<string>();
  const see = (message: unknown): void => {
    try {
      const agent = userAgentOf((message as { request: Published }).request);
      for (const each of instrumentations) {
        const [found, version = 'unknown'] = each.userAgent.exec(agent) ?? [];
        const copy = `${each.module}@${version}`;
        if (found === undefined || said.has(copy) || isManaged()) continue;
        said.add(copy);
        if (!wasLoaded(each, version)) say(each, version);
      }
    } catch {
      // A request in another form than today's is none of our business.
    }
  };
  subscribe('undici:request:create', see);
  subscribe('http.client.request.start', see);
}

function say({ module, seams }: Instrumentation, version: string): void {
  recordCoverage({ name: module, version, ...BUNDLED, tally: tallyOf(BUNDLED) }, { patched: [], missing: seams });
  getRuntime().internals.settings.print(
    'warn',
    `${module}@${version} sends requests that Flow neither observes nor controls: it is bundled into the application, was loaded before Flow, or has ` +
      `modules of its own in a test runner; keep it external (esbuild: --packages=external) and load Flow by --import, or call instrument() of @flow/register/sdk with its client class`,
  );
}

/** What is missing in a copy that was seen to load has been said then. Of two copies of one version nobody can tell. */
function wasLoaded({ module }: Instrumentation, version: string): boolean {
  return coverage().some(
    (row) => row.name === module && (row.version === version || row.version === 'unknown' || row.missing.length > 0),
  );
}

/** What the application has wrapped itself is seen. */
function isManaged(): boolean {
  return ['llm', 'embedder'].includes(getRuntime().flow.scope.current().type);
}

function userAgentOf(request: Published): string {
  if (request.getHeader !== undefined) return String(request.getHeader('user-agent') ?? '');
  const row = Array.isArray(request.headers) ? (request.headers as readonly unknown[]) : [];
  const at = row.findIndex((entry, index) => index % 2 === 0 && String(entry).toLowerCase() === 'user-agent');
  return at < 0 ? '' : String(row[at + 1]);
}
