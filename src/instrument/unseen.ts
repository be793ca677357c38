// SPDX-License-Identifier: Apache-2.0
import { subscribe } from 'node:diagnostics_channel';
import { getRuntime } from '../api/runtime.ts';
import { isSeen, noteFrameworks } from './bundled-framework.ts';
import type { Instrumentation, Wire } from './definition.ts';
import { coverage, isSending, recordCoverage, tallyOf } from './ledger.ts';

/** A request as Node's own clients publish it: of `fetch` with its headers in a row, of `node:http` with a method to ask. */
interface Published {
  readonly method?: unknown;
  readonly path?: unknown;
  readonly headers?: unknown;
  getHeader?(name: string): unknown;
}

/**
 * Says once when an SDK sends requests, or a framework has one send them, although no copy of it was seen to load: it is inside of a bundle, was loaded before Flow, or a test
 * runner gave it modules of its own. Its name is in the requests. Such a copy is a row of the coverage ledger with nothing patched.
 */
export function watchUnseen(instrumentations: readonly Instrumentation[]): void {
  const senders = instrumentations.filter(isSender);
  const frameworks = noteFrameworks(instrumentations);
  const settled = new Set<string>();
  const see = (message: unknown): void => {
    try {
      const { request } = message as { request: Published };
      const agent = userAgentOf(request);
      for (const each of senders) {
        const version = versionIn(each, agent, request);
        const copy = `${each.module}@${version}`;
        if (version === undefined || settled.has(copy) || isManaged() || isFromKnown(each, version, request)) continue;
        settled.add(copy);
        say(each, version, 'sends requests that Flow neither observes nor controls');
      }
      // Whoever passes on what others send may ask for anything by it; a model is asked by a POST.
      if (request.method !== 'POST') return;
      for (const each of frameworks) {
        const [found, version = 'unknown'] = each.userAgent.exec(agent) ?? [];
        const copy = `${each.module}@${version}`;
        if (found === undefined || settled.has(copy)) continue;
        settled.add(copy);
        // Whether an SDK beneath manages the request says nothing about what the framework itself calls.
        if (!isSeen(each))
          say(each, version, 'has requests sent, but Flow neither observes nor controls the tools that it calls');
      }
    } catch {
      // A request in another form than today's is none of our business.
    }
  };
  subscribe('undici:request:create', see);
  subscribe('http.client.request.start', see);
}

type Sender = Instrumentation & { readonly wire: Wire };
const isSender = (each: Instrumentation): each is Sender => each.wire !== undefined;

function say({ module, seams, external = 'it' }: Instrumentation, version: string, what: string): void {
  const copy = { name: module, version, format: 'bundled', path: '' } as const;
  recordCoverage({ ...copy, tally: tallyOf(copy) }, { patched: [], missing: seams });
  getRuntime().internals.settings.print(
    'warn',
    `${module}@${version} ${what}: it is bundled into the application, was loaded before Flow, or has ` +
      `modules of its own in a test runner; load Flow by --import and keep ${external} external (esbuild: --packages=external, Next.js: serverExternalPackages), ` +
      `or call instrument() of @flow/register/sdk with what docs/installation.md names`,
  );
}

/** The version of this SDK that the request names; undefined where the request is none of it. */
function versionIn(each: Sender, agent: string, request: Published): string | undefined {
  const named = each.wire.userAgent.exec(agent);
  if (named !== null) return named[1] ?? 'unknown';
  const [, version] = each.wire.minified?.exec(agent) ?? [];
  if (version === undefined || !isModelCall(each, request)) return undefined;
  return Number.parseInt(version, 10) >= each.majors[0] ? version : undefined;
}

function isModelCall({ wire }: Sender, { method, path }: Published): boolean {
  const [end = ''] = String(path).split(/[?#]/, 1);
  return method === 'POST' && wire.paths.some((each) => end.endsWith(each));
}

/**
 * Whether a copy that was seen to load sends this. What is missing in such a copy has been said then. Of two copies of one version none but a model call
 * tells: a copy that is patched has that one under way.
 */
function isFromKnown(each: Sender, version: string, request: Published): boolean {
  const rows = coverage().filter(({ name }) => name === each.module);
  if (rows.some(({ path, missing }) => path !== '' && missing.length > 0)) return true;
  if (!rows.some((row) => row.version === version || row.version === 'unknown')) return false;
  return !isModelCall(each, request) || isSending(each.module, version);
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
