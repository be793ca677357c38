// SPDX-License-Identifier: Apache-2.0
import type { ExportResult } from '@opentelemetry/core';
import type * as SdkTrace from '@opentelemetry/sdk-trace';

import { load } from '../instrument/load.ts';
import type { Settings } from './environment.ts';
import { sendWhileWaiting } from './exit-delivery.ts';
import type { Log } from './log.ts';
import { createLosses } from './losses.ts';
import { createEncoder, type Encoded, type Encoder } from './otlp-encode.ts';
import type { PostResult, PostTarget } from './otlp-post.ts';
import { createSender, type Sender } from './otlp-sender.ts';
import { createTarget } from './otlp-target.ts';

type ReadableSpan = SdkTrace.ReadableSpan;

/** Spans on their way to the OTLP receiver. One stays ours until the receiver has acknowledged it or it is counted as lost. */
export interface Delivery {
  /** Its `forceFlush` waits for the receiver's answers, also to requests that were under way already. Never rejects. */
  readonly processor: SdkTrace.SpanProcessor;
  /** Sends what is queued; resolves when every request had an answer. Repetitions are not waited for. Never rejects. */
  whenQuiet(): Promise<void>;
  /** Sends what is not acknowledged while this thread waits, and prints what is lost. For the end of the process. */
  deliverNow(timeoutMillis: number): void;
}

const SAMPLED = 1;

export function createDelivery(settings: Settings, log: Log): Delivery {
  const { BatchSpanProcessor } = load<typeof SdkTrace>('@opentelemetry/sdk-trace');
  const { otlp, batch } = settings;
  const capacity = batch.maxQueueSize + batch.maxExportBatchSize;
  const unacknowledged = new Set<ReadableSpan>();
  const underWay = new Set<Promise<void>>();
  const losses = createLosses(otlp.url, log);
  let closed = false;

  // Made for the first batch: a process that exports nothing does not load the encoder.
  let target: PostTarget | undefined;
  let encoder: Encoder | undefined;
  let sender: Sender | undefined;
  const getTarget = (): PostTarget => (target ??= createTarget(otlp, log));

  function encode(spans: readonly ReadableSpan[]): readonly Encoded[] {
    encoder ??= createEncoder(otlp.protocol, (span, reason) => {
      if (unacknowledged.delete(span)) losses.add(1, reason);
    });
    return encoder.encode(spans);
  }

  function settle(spans: readonly ReadableSpan[], result: PostResult | undefined): void {
    const settled = spans.filter((span) => unacknowledged.delete(span)).length;
    if (result?.status !== 'delivered')
      return losses.add(settled, result?.reason ?? 'no answer before the process ended');
    const refused = encoder?.refused(result.answer);
    if (refused) losses.add(refused.count, refused.reason);
  }

  async function send({ body, spans }: Encoded): Promise<void> {
    sender ??= createSender(getTarget(), Math.min(otlp.timeoutMillis, batch.exportTimeoutMillis));
    settle(spans, await sender.send(body));
  }

  function exportBatch(spans: ReadableSpan[]): void {
    for (const part of encode(spans.filter((span) => unacknowledged.has(span)))) {
      const sending: Promise<void> = send(part).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
  }

  const whenAnswered = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };

  const batching = new BatchSpanProcessor({
    ...batch,
    // We refuse first, and count: the library drops without a word.
    maxQueueSize: capacity,
    exporter: {
      // The batch is ours from here. The library would hold the process until an answer comes, and send one batch at a time.
      export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
        exportBatch(spans);
        done({ code: 0 });
      },
      forceFlush: whenAnswered,
      shutdown: async () => {
        await whenAnswered();
        sender?.close();
      },
    },
  });

  const processor: SdkTrace.SpanProcessor = {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
      if (closed) return losses.add(1, 'they ended after shutdown');
      if (unacknowledged.size >= capacity) return losses.add(1, 'the queue is full; see OTEL_BSP_MAX_QUEUE_SIZE');
      unacknowledged.add(span);
      batching.onEnd(span);
    },
    async forceFlush() {
      await batching.forceFlush();
      await whenAnswered();
    },
    async shutdown() {
      closed = true;
      await batching.shutdown();
    },
  };

  async function whenQuiet(): Promise<void> {
    await batching.forceFlush();
    await sender?.whenQuiet();
  }

  function deliverNow(timeoutMillis: number): void {
    const spans = [...unacknowledged];
    const { maxExportBatchSize: size } = batch;
    const chunks = Array.from({ length: Math.ceil(spans.length / size) }, (_, i) =>
      spans.slice(i * size, (i + 1) * size),
    );
    try {
      let encoded: readonly Encoded[] = [];
      const makeBodies = (): readonly Uint8Array[] => (encoded = chunks.flatMap(encode)).map((part) => part.body);
      const outcomes =
        spans.length > 0 && timeoutMillis > 0 ? sendWhileWaiting(getTarget(), timeoutMillis, makeBodies) : [];
      for (const [index, part] of encoded.entries()) settle(part.spans, outcomes[index]);
    } catch (error) {
      settle(spans, { status: 'failed', reason: String(error) });
    }
    // Without time (FLOW_EXIT_TIMEOUT_MS=0, or used up) they are lost as well.
    settle([...unacknowledged], undefined);
    losses.report();
  }

  return { processor, whenQuiet, deliverNow };
}
