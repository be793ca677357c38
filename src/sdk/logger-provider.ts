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

/** The SDK is loaded and built for the first record. */
export function createLogging(context: SignalContext): Logging {
  const { log, settings, resource, losses } = context;
  const { exporters, named, otlp, batch, limits } = settings.logs;
  let delivery: Delivery<SdkLogs.ReadableLogRecord> | undefined;
  let real: SdkLogs.LoggerProvider | undefined;
  let closed = false;

  function build(): void {
    try {
      const sdk = load<typeof SdkLogs>('@opentelemetry/sdk-logs');
      const processors: SdkLogs.LogRecordProcessor[] = [];
      if (exporters.includes('console')) {
        processors.push(new sdk.SimpleLogRecordProcessor({ exporter: new sdk.ConsoleLogRecordExporter() }));
      }
      if (exporters.includes('otlp')) {
        delivery = createDelivery({ signal: LOGS, otlp, batch, optional: !named, losses, log });
        processors.push(toProcessor(delivery));
      }
      real = new sdk.LoggerProvider({ resource, processors, logRecordLimits: limits });
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
    whenQuiet: async () => delivery?.whenQuiet(),
    // A record is queued when it is made.
    collectNow: () => undefined,
    get outboxes() {
      return delivery === undefined ? [] : [delivery];
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
