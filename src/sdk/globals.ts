// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as ContextAsyncHooks from '@opentelemetry/context-async-hooks';

import { load } from '../instrument/load.ts';
import { selective } from '../instrument/otel-propagation.ts';
import type { Settings } from './environment.ts';
import { bridgeApiLogs } from './foreign-logs.ts';
import { apiGlobals, lost } from './foreign-owner.ts';
import { createDiagLogger, type Log } from './log.ts';
import { createPropagator } from './propagator.ts';

/**
 * Makes the provider the process's own, with context manager and propagators. Returns whether spans now reach it: they do not
 * when another SDK, or another version of `@opentelemetry/api`, registered before us. One line says so.
 */
export function registerGlobals(settings: Settings, provider: Api.TracerProvider, log: Log): boolean {
  const { context, propagation, trace } = load<typeof Api>('@opentelemetry/api');
  if (!trace.setGlobalTracerProvider(provider)) {
    log('warn', lost(apiGlobals() ?? {}));
    return false;
  }
  const { AsyncLocalStorageContextManager } = load<typeof ContextAsyncHooks>('@opentelemetry/context-async-hooks');
  if (!context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())) {
    log('warn', 'another context manager is registered; spans get their parents from it');
  }
  const propagator = createPropagator(settings, log);
  if (propagator !== undefined && !propagation.setGlobalPropagator(selective(propagator))) {
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
  if (registered) bridgeApiLogs();
  return registered;
}

function isTaken(signal: 'metrics' | 'logs'): boolean {
  return (apiGlobals() as Readonly<Record<string, unknown>> | undefined)?.[signal] !== undefined;
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
