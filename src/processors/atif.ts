// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';
import { ATOF } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';
import type { TrajectoryOptions } from '../atif/to-trajectory.ts';
import type { RecordSink } from '../runtime/sinks.ts';
import { atOnce, beside, type DiskWork } from './atif-disk.ts';
import { openDocuments } from './atif-documents.ts';
import { inPieces } from './in-pieces.ts';

/** What Flow's span processors look like to any OTel SDK. */
export interface FlowSpanProcessor {
  onStart(span: unknown, parentContext: unknown): void;
  onEnd(span: { readonly attributes: Readonly<Record<string, unknown>> }): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Where trajectories go. */
export interface AtifOptions {
  /** Folder of the documents; made when the first one is written. */
  readonly dir: string;
  /** Default 1.7. */
  readonly version?: TrajectoryOptions['version'];
}

/** The ATIF exporter: a span processor that also gets what no span shows. */
export interface AtifProcessor extends FlowSpanProcessor {
  /** Writes what is not written yet, now. */
  flushSync(): void;
}

/** A write takes at most about one part in this many of the time. */
const WRITE_SHARE = 20;
/** Several ends that come close together are one write, and none of them waits for it. */
const WRITE_DELAY_MS = 20;
/** What could not be written is tried again after this. */
const RETRY_DELAY_MS = 1000;

/**
 * One ATIF document for each top-level agent scope, or run of agents that take turns, else for each root uuid, written anew after each end. Takes scopes from
 * the spans that carry `atof.uuid`, and from the runtime those whose spans it does not see.
 */
export function createAtifProcessor(options: AtifOptions): AtifProcessor {
  const { flow, internals } = getRuntime();
  // As of now: an application may change its working directory.
  const documents = openDocuments({ ...options, dir: resolve(options.dir) }, internals.report);
  let timer: NodeJS.Timeout | undefined;
  let work: DiskWork | undefined;
  let writing: Promise<void> | undefined;
  let took = 0;

  const begin = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    let spent = 0;
    work = documents.write(beside());
    writing = inPieces(work, (millis) => (spent += millis)).finally(() => {
      took = spent;
      writing = undefined;
      // What came meanwhile, and found nobody to wait for.
      if (documents.dirty) schedule();
    });
    return writing;
  };
  // A write that has begun may have missed what came since.
  const write = async (): Promise<void> => {
    await writing;
    await (writing ?? begin());
  };
  const writeNow = (which: 'all' | 'closed'): void => {
    clearTimeout(timer);
    timer = undefined;
    try {
      // What it had not written is written here.
      work?.return();
    } catch {
      // It is its own report of an error that brought us here.
    }
    for (const _ of documents.write(atOnce, which));
  };
  const flushSync = (): void => writeNow('all');
  // Does not hold the process: what is not written by then is written at its end. Nor does it run in the application's context.
  const schedule = (): void => {
    timer ??= internals.enterAside(() =>
      setTimeout(
        () => void write(),
        Math.max(documents.failing ? RETRY_DELAY_MS : WRITE_DELAY_MS, took * WRITE_SHARE),
      ).unref(),
    );
  };
  const sink: RecordSink = (record) => {
    const urgency = documents.add(record);
    if (urgency === 'now') writeNow('closed');
    if (writing !== undefined) return;
    if (urgency !== 'later') {
      clearTimeout(timer);
      timer = undefined;
      took = 0;
    }
    schedule();
  };
  process.on('exit', flushSync);
  const removeSink = internals.addSink(sink);
  const removeBarrier = internals.addBarrier(write);
  return {
    onStart: () => undefined,
    onEnd(span) {
      const uuid = span.attributes[ATOF.UUID];
      if (typeof uuid === 'string') internals.takeRecord(uuid, sink);
    },
    // Waits for sanitizers too: what they still work on is not written yet.
    async forceFlush() {
      await flow.flush();
      // A flush gives up on a long write, this does not.
      await writing;
    },
    async shutdown() {
      await flow.flush().catch(() => undefined);
      flushSync();
      removeSink();
      process.removeListener('exit', flushSync);
      removeBarrier();
    },
    flushSync,
  };
}
