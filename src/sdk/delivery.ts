// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';

import { load } from '../instrument/load.ts';
import { createBatches } from './batches.ts';
import type { ExitRequest } from './exit-delivery.ts';
import type { Log } from './log.ts';
import type { Losses } from './losses.ts';
import { createEncoder, type Encoded, type Encoder } from './otlp-encode.ts';
import type { PostResult, PostTarget } from './otlp-post.ts';
import { createSender, type Sender } from './otlp-sender.ts';
import type { OtlpSettings } from './otlp-settings.ts';
import type { OtlpSignal } from './otlp-signal.ts';
import { createTarget } from './otlp-target.ts';

/** Items of one signal on their way to the OTLP receiver. One stays ours until it is acknowledged or counted as lost. */
export interface Delivery<T> extends Outbox {
  add(item: T): void;
  /** Sends what is queued; resolves when the receiver has answered, also to requests that were under way already. Never rejects. */
  flush(): Promise<void>;
  /** Sends what is queued; resolves when every request had an answer. Repetitions are not waited for. Never rejects. */
  whenQuiet(): Promise<void>;
  /** Flushes; what is added later is lost. */
  close(): Promise<void>;
  /** False once the receiver has said that it does not take this signal: what is added is forgotten. */
  readonly isTaken: boolean;
}

/** What is left, as the end of the process sees it. */
export interface Outbox {
  /** How many items nobody has acknowledged. */
  readonly size: number;
  requests(): readonly (ExitRequest & { settle(result: PostResult | undefined): void })[];
  /** Counts what is left as lost. */
  abandon(reason?: string): void;
}

/** `OTEL_BSP_*`, `OTEL_BLRP_*`, or what stands for them. */
export interface BatchSettings {
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
}

export interface DeliveryOptions<T> {
  readonly signal: OtlpSignal<T>;
  readonly otlp: OtlpSettings;
  readonly batch: BatchSettings;
  /** Nobody named this exporter: a receiver that does not take the signal ends it, with a line at level info. */
  readonly optional: boolean;
  readonly losses: Losses;
  /** What to do about losses, where that is not a variable of OTLP. */
  readonly fix?: string;
  readonly log: Log;
  /** Called when the repetitions of a request have come to nothing: its items may be worth another one. */
  readonly onGivenUp?: () => void;
}

/** Statuses of a receiver that does not know the signal's path. */
const NOT_TAKEN: readonly (number | undefined)[] = [404, 405, 501];

export function createDelivery<T>(options: DeliveryOptions<T>): Delivery<T> {
  const { signal, otlp, batch, optional, log } = options;
  const { context, ROOT_CONTEXT } = load<typeof Api>('@opentelemetry/api');
  const { suppressTracing } = load<typeof Core>('@opentelemetry/core');
  const capacity = batch.maxQueueSize + batch.maxExportBatchSize;
  const source = { ...signal, url: otlp.url, asked: !optional || otlp.named, fix: options.fix };
  const unacknowledged = new Set<T>();
  const underWay = new Set<Promise<void>>();
  let state: 'open' | 'closed' | 'not taken' = 'open';

  // Made for the first batch: a process that exports nothing does not load the encoder.
  let target: PostTarget | undefined;
  let encoder: Encoder<T> | undefined;
  let sender: Sender | undefined;
  const getTarget = (): PostTarget => (target ??= createTarget(otlp, log));
  const batches = createBatches<T>(batch, exportBatch);

  function lose(count: number, reason: string): void {
    options.losses.add(source, count, reason);
  }

  function encode(items: readonly T[]): readonly Encoded<T>[] {
    encoder ??= createEncoder(signal, otlp.protocol, (item, reason) => {
      if (unacknowledged.delete(item)) lose(signal.count(item), reason);
    });
    return encoder.encode(items);
  }

  function settle(items: readonly T[], result: PostResult | undefined): void {
    const settled = items.filter((item) => unacknowledged.delete(item));
    if (state === 'not taken') return;
    if (result?.status === 'failed' && optional && NOT_TAKEN.includes(result.code)) return endSignal(result.reason);
    if (result?.status === 'retry') options.onGivenUp?.();
    if (result?.status !== 'delivered') {
      const count = settled.reduce((sum, item) => sum + signal.count(item), 0);
      return lose(count, result?.reason ?? 'no answer before the process ended');
    }
    const refused = encoder?.refused(result.answer);
    if (refused) lose(refused.count, refused.reason);
  }

  /** Receivers of traces alone are common, and nobody asked for more. */
  function endSignal(reason: string): void {
    state = 'not taken';
    unacknowledged.clear();
    const { origin, pathname } = new URL(otlp.url);
    const exporter = `OTEL_${signal.name}_EXPORTER`;
    log(
      'info',
      `${origin}${pathname} answers ${reason}, so no ${signal.nouns[1]} are sent; ${exporter}=none is the same`,
    );
  }

  async function send({ body, items }: Encoded<T>): Promise<void> {
    sender ??= createSender(getTarget(), Math.min(otlp.timeoutMillis, batch.exportTimeoutMillis));
    settle(items, await sender.send(body));
  }

  /** Nobody stands around a timer to catch: what this loads late may not load at all, when files run out for one. */
  function tryEncode(items: readonly T[]): readonly Encoded<T>[] {
    try {
      return encode(items);
    } catch (error) {
      settle(items, unsent(error));
      return [];
    }
  }

  function exportBatch(items: readonly T[]): void {
    // Our own requests are nobody's spans, whichever instrumentation of HTTP there is.
    context.with(suppressTracing(ROOT_CONTEXT), () => {
      for (const part of tryEncode(items.filter((item) => unacknowledged.has(item)))) {
        const sending: Promise<void> = send(part)
          .catch((error: unknown) => settle(part.items, unsent(error)))
          .finally(() => underWay.delete(sending));
        underWay.add(sending);
      }
    });
  }

  async function flush(): Promise<void> {
    batches.flush();
    while (underWay.size > 0) await Promise.all(underWay);
  }

  return {
    add(item) {
      if (state === 'not taken') return;
      if (state === 'closed') return lose(signal.count(item), 'they ended after shutdown');
      if (unacknowledged.size >= capacity) {
        return lose(signal.count(item), `the queue is full; see ${signal.queueSetting}`);
      }
      unacknowledged.add(item);
      batches.add(item);
    },
    flush,
    async whenQuiet() {
      batches.flush();
      await sender?.whenQuiet();
    },
    async close() {
      if (state === 'open') state = 'closed';
      await flush();
      sender?.close();
    },
    get isTaken() {
      return state !== 'not taken';
    },
    get size() {
      return unacknowledged.size;
    },
    requests() {
      return batches.split([...unacknowledged]).flatMap((items) =>
        encode(items).map((part) => ({
          target: getTarget(),
          body: part.body,
          settle: (result) => settle(part.items, result),
        })),
      );
    },
    abandon(reason) {
      settle([...unacknowledged], reason === undefined ? undefined : { status: 'failed', reason });
    },
  };
}

function unsent(error: unknown): PostResult {
  const [reason = ''] = String(error).split('\n', 1);
  return { status: 'failed', reason };
}
