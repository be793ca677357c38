// SPDX-License-Identifier: Apache-2.0
import type { Log } from './log.ts';

/** Counts spans that nobody will receive. The first are printed after a second, later ones once a minute, the rest at the end. */
export interface Losses {
  add(count: number, reason: string): void;
  /** Prints what has not been printed yet. */
  report(): void;
}

const FIRST_MILLIS = 1000;
const INTERVAL_MILLIS = 60_000;

export function createLosses(url: string, log: Log): Losses {
  let count = 0;
  let lastReason = '';
  let wait = FIRST_MILLIS;
  let timer: NodeJS.Timeout | undefined;

  function report(): void {
    clearTimeout(timer);
    timer = undefined;
    if (count === 0) return;
    // Neither credentials nor a query, which may hold a key.
    const { origin, pathname } = new URL(url);
    log(
      'warn',
      `${count} ${count === 1 ? 'span' : 'spans'} lost on the way to ${origin}${pathname}: ${lastReason}; set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_TRACES_EXPORTER=none`,
    );
    count = 0;
    wait = INTERVAL_MILLIS;
  }

  return {
    add(added, reason) {
      if (added === 0) return;
      count += added;
      lastReason = reason;
      timer ??= setTimeout(report, wait).unref();
    },
    report,
  };
}
