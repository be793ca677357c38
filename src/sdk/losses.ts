// SPDX-License-Identifier: Apache-2.0
import type { Log } from './log.ts';
import type { OtlpSignal } from './otlp-signal.ts';

/** Where the losses of one signal come from. */
export interface LossSource extends Pick<OtlpSignal<never>, 'name' | 'nouns'> {
  readonly url: string;
  /** Whether somebody asked for the signal to be sent there. What is lost of a mere default is no warning. */
  readonly asked: boolean;
  /** What to do about it, where that is not a variable of OTLP. */
  readonly fix?: string | undefined;
}

/**
 * Counts what nobody will receive, of all signals. The first are printed after a second, later ones once a minute, the rest at
 * the end: one line for each receiver and reason.
 */
export interface Losses {
  add(source: LossSource, count: number, reason: string): void;
  /** Prints what has not been printed yet. */
  report(): void;
}

interface Loss {
  readonly source: LossSource;
  count: number;
  reason: string;
}

const FIRST_MILLIS = 1000;
const INTERVAL_MILLIS = 60_000;

export function createLosses(log: Log): Losses {
  const lost = new Map<string, Loss>();
  let wait = FIRST_MILLIS;
  let timer: NodeJS.Timeout | undefined;

  function report(): void {
    clearTimeout(timer);
    timer = undefined;
    const losses = [...lost.values()];
    if (losses.length === 0) return;
    // How long each request waited for its answer is no difference.
    const key = ({ source, reason }: Loss): string =>
      `${new URL(source.url).origin} ${reason.replaceAll(/\d+ ms/g, '')}`;
    for (const group of new Set(losses.map(key))) {
      const together = losses.filter((loss) => key(loss) === group);
      log(together.some(({ source }) => source.asked) ? 'warn' : 'info', describe(together));
    }
    lost.clear();
    wait = INTERVAL_MILLIS;
  }

  return {
    add(source, count, reason) {
      if (count === 0) return;
      // A configuration file may name several receivers of a signal.
      const key = `${source.name} ${source.url}`;
      const loss = lost.get(key) ?? { source, count: 0, reason };
      lost.set(key, { source, count: loss.count + count, reason });
      timer ??= setTimeout(report, wait).unref();
    },
    report,
  };
}

function describe(losses: readonly Loss[]): string {
  const counts = losses.map(({ source: { nouns }, count }) => `${count} ${nouns[count === 1 ? 0 : 1]}`);
  const exporters = losses.map(({ source }) => `OTEL_${source.name}_EXPORTER=none`);
  const [first] = losses;
  // Neither credentials nor a query, which may hold a key.
  const { origin, pathname } = new URL(first?.source.url ?? '');
  const receiver = losses.length === 1 ? `${origin}${pathname}` : origin;
  return `${and(counts)} lost on the way to ${receiver}: ${first?.reason}; ${first?.source.fix ?? `set OTEL_EXPORTER_OTLP_ENDPOINT, or ${and(exporters)}`}`;
}

function and(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${last}` : last;
}
