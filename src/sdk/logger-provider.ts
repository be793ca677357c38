// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as SdkLogs from '@opentelemetry/sdk-logs';

import { load } from '../instrument/load.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { hold } from './hold.ts';
import { LOGS } from './otlp-signal.ts';
import { settle, type Signal, type SignalContext, whenEventsAreOut } from './signal.ts';

/** Log records: a provider to register, and what becomes of them at the end. */
export interface Logging extends Signal {
  readonly provider: Api.LoggerProvider & {
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
  };
}

/** What the log records of a process go through. */
export interface LoggingParts {
  readonly deliveries: readonly Delivery<SdkLogs.ReadableLogRecord>[];
  /** Whether, or how often, records are printed. */
  readonly consoles: number;
  readonly limits: SdkLogs.LogRecordLimits | undefined;
}

/** As the environment has it. */
export function createLogging(context: SignalContext): Logging {
  const { log, settings, losses } = context;
  const { exporters, named, otlp, batch, limits } = settings.logs;
  return assembleLogging(context, () => ({
    deliveries: exporters.includes('otlp')
      ? [createDelivery({ signal: LOGS, otlp, batch, optional: !named, losses, log })]
      : [],
    consoles: exporters.includes('console') ? 1 : 0,
    limits,
  }));
}

/** The SDK is loaded and built, and the parts are made, for the first record. */
export function assembleLogging({ log, resource }: SignalContext, makeParts: () => LoggingParts): Logging {
  let deliveries: LoggingParts['deliveries'] = [];
  let real: SdkLogs.LoggerProvider | undefined;
  let closed = false;

  function build(): void {
    try {
      const sdk = load<typeof SdkLogs>('@opentelemetry/sdk-logs');
      const parts = makeParts();
      const print = (): SdkLogs.LogRecordProcessor =>
        new sdk.SimpleLogRecordProcessor({ exporter: new sdk.ConsoleLogRecordExporter() });
      const processors = [...Array.from({ length: parts.consoles }, print), ...parts.deliveries.map(toProcessor)];
      real = new sdk.LoggerProvider({
        resource,
        processors,
        ...(parts.limits && { logRecordLimits: parts.limits }),
      });
      deliveries = parts.deliveries;
    } catch (error) {
      closed = true;
      log('warn', `no log records: the SDK could not be started: ${String(error)}`);
    }
  }

  function getLogger(...scope: Parameters<Api.LoggerProvider['getLogger']>): Api.Logger {
    let logger: Api.Logger | undefined;
    return {
      emit(record) {
        if (real === undefined && !closed) build();
        logger ??= real?.getLogger(...scope);
        logger?.emit(record);
      },
      enabled: (record) => logger?.enabled(record) ?? !closed,
    };
  }

  async function forceFlush(): Promise<void> {
    await whenEventsAreOut();
    if (!closed) await real?.forceFlush();
  }

  async function shutdown(): Promise<void> {
    if (closed) return;
    await whenEventsAreOut();
    closed = true;
    await real?.shutdown();
  }

  return {
    provider: { getLogger, forceFlush: () => hold(forceFlush()), shutdown: () => hold(shutdown()) },
    flush: () => settle(forceFlush(), log),
    whenQuiet: async () => void (await Promise.all(deliveries.map((delivery) => delivery.whenQuiet()))),
    // A record is queued when it is made.
    collectNow: () => undefined,
    get outboxes() {
      return deliveries;
    },
    shutdown: () => settle(shutdown(), log),
  };
}

function toProcessor(delivery: Delivery<SdkLogs.ReadableLogRecord>): SdkLogs.LogRecordProcessor {
  return {
    onEmit: (record) => delivery.add(record),
    enabled: () => delivery.isTaken,
    forceFlush: () => delivery.flush(),
    shutdown: () => delivery.close(),
  };
}
