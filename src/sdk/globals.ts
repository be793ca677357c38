// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as ContextAsyncHooks from '@opentelemetry/context-async-hooks';
import type * as Core from '@opentelemetry/core';
import type * as B3 from '@opentelemetry/propagator-b3';

import { load } from '../instrument/load.ts';
import type { Settings } from './environment.ts';
import { createDiagLogger, type Log } from './log.ts';

const GLOBALS: symbol = Symbol.for('opentelemetry.js.api.1');
const API_LOGS: symbol = Symbol.for('io.opentelemetry.js.api.logs');

/** Who came first: the version of the `@opentelemetry/api` copy that owns the globals, and whether it has a tracer provider. */
export interface GlobalsOwner {
  readonly version: string;
  readonly hasTracerProvider: boolean;
}

/** What is registered already, read without registering anything. Undefined in a process where nobody was before us. */
export function findGlobalsOwner(): GlobalsOwner | undefined {
  const globals = (globalThis as { [GLOBALS]?: { version?: string; trace?: unknown } })[GLOBALS as never] as
    | { version?: string; trace?: unknown }
    | undefined;
  return globals && { version: globals.version ?? 'unknown', hasTracerProvider: globals.trace !== undefined };
}

/**
 * Makes the provider the process's own, with context manager and propagators. Returns whether spans now reach it: they do not
 * when another SDK, or another version of `@opentelemetry/api`, registered before us. One line says so.
 */
export function registerGlobals(settings: Settings, provider: Api.TracerProvider, log: Log): boolean {
  const owner = findGlobalsOwner();
  const { context, propagation, trace } = load<typeof Api>('@opentelemetry/api');
  if (!trace.setGlobalTracerProvider(provider)) {
    log('warn', describe(owner));
    return false;
  }
  const { AsyncLocalStorageContextManager } = load<typeof ContextAsyncHooks>('@opentelemetry/context-async-hooks');
  if (!context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())) {
    log('warn', 'another context manager is registered; spans get their parents from it');
  }
  const propagator = createPropagator(settings);
  if (propagator !== undefined && !propagation.setGlobalPropagator(propagator)) {
    log('warn', 'another propagator is registered; OTEL_PROPAGATORS is not applied');
  }
  return true;
}

/** Makes the provider the process's own, unless there is one: then metrics are its business. Returns whether they reach ours. */
export function registerMeterProvider(provider: Api.MeterProvider, log: Log): boolean {
  if (isTaken('metrics')) log('info', 'another meter provider is registered; metrics go to it');
  else return load<typeof Api>('@opentelemetry/api').metrics.setGlobalMeterProvider(provider);
  return false;
}

/**
 * The same for log records. Libraries that still speak through `@opentelemetry/api-logs`, which has a global of its own, reach the
 * provider as well.
 */
export function registerLoggerProvider(provider: Api.LoggerProvider, log: Log): boolean {
  if (isTaken('logs')) {
    log('info', 'another logger provider is registered; log records go to it');
    return false;
  }
  const { logs } = load<typeof Api>('@opentelemetry/api');
  const registered = logs.setGlobalLoggerProvider(provider);
  const global = globalThis as { [API_LOGS]?: () => Api.LoggerProvider };
  if (registered) global[API_LOGS as never] ??= (() => logs.getLoggerProvider()) as never;
  return registered;
}

function isTaken(signal: 'metrics' | 'logs'): boolean {
  const globals = (globalThis as { [GLOBALS]?: Readonly<Record<string, unknown>> })[GLOBALS as never] as
    | Readonly<Record<string, unknown>>
    | undefined;
  return globals?.[signal] !== undefined;
}

/**
 * Flow's own lines in `diag` go where `FLOW_LOG` lets them, OpenTelemetry's where `OTEL_LOG_LEVEL` does: both to standard error. Only for who becomes
 * the SDK: whoever registers anything first decides which versions of the API may register anything in this process.
 */
export function setDiagLogger(settings: Settings, log: Log): void {
  const { diag, DiagLogLevel } = load<typeof Api>('@opentelemetry/api');
  const print = createDiagLogger();
  const order = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;
  const line =
    (level: 'error' | 'warn' | 'info' | 'debug' | 'verbose') =>
    (message: string, ...rest: unknown[]): void => {
      if (String(message).startsWith(OWN)) log(level === 'verbose' ? 'debug' : level, message.slice(OWN.length));
      else if (order.indexOf(level) <= order.indexOf(settings.otelLogLevel)) print[level](message, ...rest);
    };
  const logger = {
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: line('debug'),
    verbose: line('verbose'),
  };
  const quiet = settings.otelLogLevel === 'none' && settings.logLevel !== 'debug';
  diag.setLogger(logger, { logLevel: quiet ? DiagLogLevel.INFO : DiagLogLevel.ALL, suppressOverrideMessage: true });
}

const OWN = 'flow: ';

function describe(owner: GlobalsOwner | undefined): string {
  if (owner?.hasTracerProvider) {
    return 'another OpenTelemetry SDK is registered, so Flow starts none; add flowSpanProcessors() to its span processors';
  }
  const version = owner?.version ?? 'unknown';
  return `@opentelemetry/api ${version} owns the globals, so Flow's spans are lost; ${OLDER_API_FIX}`;
}

const OLDER_API_FIX =
  'bring what uses it to OpenTelemetry JS 3.x (API 1.10 or newer), or load @flow/register first and let it be the SDK';
const OLDER = /^1\.\d\./;

/**
 * Says once, when it is called after that has happened, that an older API has the globals: its SDK gets its own spans as ever, and never Flow's.
 */
export function olderApiNotice(log: Log): () => void {
  let said = false;
  return () => {
    const owner = findGlobalsOwner();
    if (said || owner === undefined || !OLDER.test(owner.version)) return;
    said = true;
    log('warn', describe({ ...owner, hasTracerProvider: false }));
  };
}

function createPropagator(settings: Settings): Api.TextMapPropagator | undefined {
  const core = load<typeof Core>('@opentelemetry/core');
  const b3 = (encoding: 'SINGLE_HEADER' | 'MULTI_HEADER'): Api.TextMapPropagator => {
    const { B3InjectEncoding, B3Propagator } = load<typeof B3>('@opentelemetry/propagator-b3');
    return new B3Propagator({ injectEncoding: B3InjectEncoding[encoding] });
  };
  const create: Record<Settings['propagators'][number], () => Api.TextMapPropagator> = {
    tracecontext: () => new core.W3CTraceContextPropagator(),
    baggage: () => new core.W3CBaggagePropagator(),
    b3: () => b3('SINGLE_HEADER'),
    b3multi: () => b3('MULTI_HEADER'),
  };
  const propagators = settings.propagators.map((name) => create[name]());
  return propagators.length > 1 ? new core.CompositePropagator({ propagators }) : propagators[0];
}
