// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';
import { ATOF } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';
import type { TrajectoryOptions } from '../atif/to-trajectory.ts';
import type { RecordSink, ScopeRecord } from '../runtime/sinks.ts';
import { type TrajectoryDocument, openDocument } from './atif-document.ts';

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

/** Of payloads that open documents hold together. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A write takes at most about one part in this many of the time. */
const WRITE_SHARE = 20;
/** Documents kept open at once; the one written longest ago is closed first. */
const MAX_DOCUMENTS = 1000;
/** Of these, documents whose agent has ended: a stream that it returned, or work that it did not wait for, may end later. */
const MAX_COMPLETE = 20;
/** Several ends that come close together are one write, and none of them waits for it. */
const WRITE_DELAY_MS = 20;

/**
 * One ATIF document for each top-level agent scope, else for each root uuid, written anew after each end. Takes scopes from the spans that carry
 * `atof.uuid`, and from the runtime those whose spans it does not see.
 */
export function createAtifProcessor(options: AtifOptions): AtifProcessor {
  const { flow, internals } = getRuntime();
  // As of now: an application may change its working directory.
  const absolute = { ...options, dir: resolve(options.dir) };
  const documents = new Map<string, TrajectoryDocument>();
  const dirty = new Set<TrajectoryDocument>();
  let timer: NodeJS.Timeout | undefined;
  let took = 0;
  let bytes = 0;

  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const start = performance.now();
    for (const document of dirty) document.write();
    dirty.clear();
    took = performance.now() - start;
  };
  const sink: RecordSink = (record) => {
    const key = documentKey(record);
    const document = documents.get(key) ?? openDocument(key, absolute, internals.report);
    documents.delete(key);
    documents.set(key, document);
    const before = document.size;
    document.add(record);
    dirty.add(document);
    bytes += document.size - before;
    // Does not hold the process: what is not written by then is written at its end. Nor does it run in the application's context.
    timer ??= internals.enterAside(() => setTimeout(write, Math.max(WRITE_DELAY_MS, took * WRITE_SHARE)).unref());
    if (document.complete || documents.size > MAX_DOCUMENTS) bytes -= forgetOld(documents);
    if (bytes > MAX_BYTES) closeOldest();
  };
  // The documents written longest ago are closed: what comes for them later begins a new file.
  const closeOldest = (): void => {
    write();
    for (const [key, { size }] of documents) {
      if (bytes <= MAX_BYTES / 2) return;
      documents.delete(key);
      bytes -= size;
    }
  };
  process.on('exit', write);
  const removeSink = internals.addSink(sink);
  const removeBarrier = internals.addBarrier(async () => write());
  return {
    onStart: () => undefined,
    onEnd(span) {
      const uuid = span.attributes[ATOF.UUID];
      if (typeof uuid === 'string') internals.takeRecord(uuid, sink);
    },
    // Waits for sanitizers too: what they still work on is not written yet.
    forceFlush: () => flow.flush(),
    async shutdown() {
      await flow.flush().catch(() => undefined);
      write();
      removeSink();
      process.removeListener('exit', write);
      removeBarrier();
    },
    flushSync: write,
  };
}

/** Forgets complete documents but for the newest, and the oldest of too many. Returns the bytes that they held. */
function forgetOld(documents: Map<string, TrajectoryDocument>): number {
  const complete = [...documents].filter(([, document]) => document.complete).map(([key]) => key);
  const old = complete.slice(0, -MAX_COMPLETE);
  if (documents.size - old.length > MAX_DOCUMENTS) old.push(documents.keys().next().value as string);
  return old.reduce((sum, key) => {
    const size = documents.get(key)?.size ?? 0;
    documents.delete(key);
    return sum + size;
  }, 0);
}

function documentKey(record: ScopeRecord): string {
  const agent = [...record.enclosing, ...record.events].find(
    ({ kind, category }) => kind === 'scope' && category === 'agent',
  );
  return agent?.uuid ?? record.rootUuid;
}
