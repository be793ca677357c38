// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import type { ScopeHandle } from '../runtime/handle.ts';
import type { Scope } from '../scope/scope.ts';

/** Scopes of runs: whether the application has the SDK make spans for what happens in them. */
const runs = new WeakMap<object, boolean>();

/** Notes the scope of a run. Who asked the SDK for spans gets them, and we make none beside them. */
export function noteRun(scope: object, makesSpans: boolean): void {
  runs.set(scope, makesSpans);
}

/** The run of which what happens now is a step. What a tool does is none. */
export function runAround(): ScopeHandle | undefined {
  let at: Scope | undefined = getRuntime().internals.currentFrame().scope;
  while (at !== undefined && !at.isRoot && at.type !== 'tool') {
    if (at.handle !== undefined && runs.has(at.handle)) return at.handle as ScopeHandle;
    at = at.parent;
  }
  return undefined;
}

/** Whether it is one of a run that the SDK makes spans for. */
export function isLeftToSdk(): boolean {
  const run = runAround();
  return run !== undefined && runs.get(run) === true;
}

/** Options of a call, as each major names them. */
const optionsOf = (options: any): any => options?.telemetry ?? options?.experimental_telemetry;

/**
 * Whether the application has switched the SDK's spans on: up to version 6 by an option of the call; since then the spans come from an integration
 * that it has registered, or names in the call.
 */
export function makesOwnSpans(options: any, major: number): boolean {
  const telemetry = optionsOf(options);
  if (major < 7) return telemetry?.isEnabled === true;
  if (telemetry?.isEnabled === false) return false;
  const integrations: unknown = telemetry?.integrations ?? (globalThis as any).AI_SDK_TELEMETRY_INTEGRATIONS ?? [];
  return [integrations].flat().some(isOpenTelemetry);
}

function isOpenTelemetry(integration: any): boolean {
  return typeof integration?.tracer?.startSpan === 'function' || /OpenTelemetry/.test(integration?.constructor?.name);
}

/** What the application calls this call. */
export function functionIdOf(options: any): string | undefined {
  const id: unknown = optionsOf(options)?.functionId;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

const CONVERSATION = ['session_id', 'conversation_id', 'thread_id'];

/** The conversation that the application names in what it tells the SDK's telemetry. */
export function conversationOf(options: any): Record<string, string> | undefined {
  const metadata = optionsOf(options)?.metadata;
  for (const name of CONVERSATION) {
    const camel = name.replace('_id', 'Id');
    const value: unknown = metadata?.[name] ?? metadata?.[camel];
    if (typeof value === 'string' && value !== '') return { [name]: value };
  }
  return undefined;
}
