// SPDX-License-Identifier: Apache-2.0
import type { Log } from './log.ts';

/** The slots of the OpenTelemetry API in this process, which all its copies share. */
export interface ApiGlobals {
  readonly version?: string;
  readonly trace?: { getDelegate?(): object; setDelegate?: (provider: unknown) => void };
  diag?: object;
}

const GLOBALS: symbol = Symbol.for('opentelemetry.js.api.1');
const ATTACHED: symbol = Symbol.for('flow.span-processors.v1');

/** The two lines that give Flow's processors to an SDK. */
export const TWO_LINES =
  "import { flowSpanProcessors } from '@flow/register/sdk'; new NodeSDK({ spanProcessors: [...flowSpanProcessors(), ...] })";

/** For an SDK that takes nobody's processors: both work side by side when it leaves OpenTelemetry alone. */
export const SENTRY_FIX =
  'let Flow be the SDK: Sentry.init({ enableOpenTelemetrySetup: false, integrations: [Sentry.openTelemetryIntegration()] })';

/** What an SDK must be for Flow's spans to reach it. */
export const NEWER_API = 'OpenTelemetry JS 3.x (API 1.10 or newer)';

const OLDER = /^1\.\d\./;

/** True for a version of the API under which spans made with ours are no-ops. */
export function isOlder(version: string | undefined): boolean {
  return version !== undefined && OLDER.test(version);
}

/** What is registered, read without registering anything. Undefined in a process where nobody was before us. */
export function apiGlobals(): ApiGlobals | undefined {
  return (globalThis as { [GLOBALS]?: ApiGlobals })[GLOBALS as never];
}

/** Called when the application takes Flow's span processors: then nobody needs to be told about them. */
export function noteAttached(): void {
  Object.defineProperty(globalThis, ATTACHED, { value: true, configurable: true });
}

/**
 * True where somebody else is the SDK, and Flow therefore starts none. One line says so: with the fix as a warning, unless that SDK has Flow's span
 * processors already.
 */
export function hasForeignSdk(log: Log): boolean {
  const globals = apiGlobals();
  if (globals === undefined) return false;
  if (isOlder(globals.version)) {
    log('warn', lost(globals));
    return true;
  }
  if (globals.trace === undefined) return false;
  const { name } = (globals.trace.getDelegate?.() ?? globals.trace).constructor;
  const there = `another OpenTelemetry SDK (${name}) is registered, so Flow starts none, and its spans go there`;
  if (ATTACHED in globalThis) log('info', there);
  else if (name.startsWith('Sentry')) log('warn', `${there}; that is all you need, or ${SENTRY_FIX}`);
  else log('warn', `${there}; for its forceFlush to wait for Flow's events and files, add two lines: ${TWO_LINES}`);
  return true;
}

/** Why Flow's spans are lost where another version of the API has the globals, and what helps. */
export function lost({ version = 'unknown' }: ApiGlobals): string {
  const first = 'load @flow/register before it and let Flow be the SDK';
  const fix = isOlder(version)
    ? `bring what uses it to ${NEWER_API} and add two lines: ${TWO_LINES}; or ${first}`
    : first;
  return `@opentelemetry/api ${version} owns the globals, so Flow's spans are lost, while policy and files work; ${fix}`;
}

/** Says once, when it is called after that has happened, that an older API has the globals: its SDK gets its own spans as ever, and never Flow's. */
export function olderApiNotice(log: Log): () => void {
  let said = false;
  return () => {
    const globals = apiGlobals();
    if (said || globals === undefined || !isOlder(globals.version)) return;
    said = true;
    log('warn', lost(globals));
  };
}
