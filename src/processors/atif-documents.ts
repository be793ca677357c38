// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Internals } from '../api/runtime.ts';
import type { EventRecord } from '../atof/record.ts';
import type { ScopeRecord } from '../runtime/sinks.ts';
import type { AtifOptions } from './atif.ts';
import type { Disk, DiskWork } from './atif-disk.ts';
import { type TrajectoryDocument, openDocument } from './atif-document.ts';

/** The documents that may still grow. */
export interface Documents {
  /** What is to be done about it: closed documents take memory until they are written. */
  add(record: ScopeRecord): Urgency;
  /** Writes those that have grown, piece by piece; given up by `return()`, the rest stays to be written. */
  write(disk: Disk, which?: 'all' | 'closed'): DiskWork;
  /** Some have grown since they were written. */
  readonly dirty: boolean;
  /** Some could not be written when that was tried last. */
  readonly failing: boolean;
}

/** When documents are to be written: in time, soon, or before anything else is held. */
export type Urgency = 'later' | 'soon' | 'now';

/** Of what documents hold together, also closed ones that wait to be written. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Beyond that they wait no longer. */
const MAX_WAITING_BYTES = 80 * 1024 * 1024;
/** Documents kept open at once; the one that grew longest ago is closed first. */
const MAX_DOCUMENTS = 1000;
/** Of these, documents whose agent has ended: a stream that it returned, or work that it did not wait for, may end later. */
const MAX_COMPLETE = 20;

/** None yet. One that is closed is written once more; what comes for it later begins a new file. */
export function openDocuments(options: AtifOptions, report: Internals['report']): Documents {
  const open = new Map<string, TrajectoryDocument>();
  const complete = new Set<string>();
  const sizes = new Map<TrajectoryDocument, number>();
  const closed = new Set<TrajectoryDocument>();
  const grown = new Set<TrajectoryDocument>();
  let beingWritten = new Set<TrajectoryDocument>();
  let failing = false;
  // Once for as long as it lasts: every write tries all again.
  let isSaid = false;
  const reportOnce: Internals['report'] = (...problem) => {
    if (!isSaid) report(...problem);
    isSaid = true;
  };
  const bytes = { open: 0, closed: 0 };
  const isTooMuch = (limit: number): boolean => bytes.open + bytes.closed > limit;

  function measure(document: TrajectoryDocument, size: number): void {
    bytes[closed.has(document) ? 'closed' : 'open'] += size - (sizes.get(document) ?? 0);
    sizes.set(document, size);
  }

  function forget(document: TrajectoryDocument): void {
    measure(document, 0);
    sizes.delete(document);
    closed.delete(document);
  }

  function close(key: string): void {
    const document = open.get(key);
    if (document === undefined) return;
    open.delete(key);
    complete.delete(key);
    const size = sizes.get(document) ?? 0;
    forget(document);
    if (!grown.has(document) && !beingWritten.has(document)) return;
    closed.add(document);
    measure(document, size);
  }

  function closeOldest(among: Iterable<string>, enough: () => boolean): void {
    for (const key of among) {
      if (enough()) return;
      close(key);
    }
  }

  return {
    get failing() {
      return failing;
    },
    get dirty() {
      return grown.size > 0;
    },
    add(record) {
      const key = documentKey(record);
      const document = open.get(key) ?? openDocument(key, options, reportOnce);
      open.delete(key);
      open.set(key, document);
      document.add(record);
      grown.add(document);
      measure(document, document.size);
      if (document.complete) {
        complete.delete(key);
        complete.add(key);
        closeOldest(complete, () => complete.size <= MAX_COMPLETE);
      }
      closeOldest(open.keys(), () => open.size <= MAX_DOCUMENTS);
      if (!isTooMuch(MAX_BYTES)) return 'later';
      // As long as much is about to be free, no more is closed.
      if (bytes.closed < bytes.open) closeOldest(open.keys(), () => bytes.open <= MAX_BYTES / 2);
      return isTooMuch(MAX_WAITING_BYTES) ? 'now' : 'soon';
    },
    *write(disk, which = 'all') {
      const left = new Set([...grown].filter((document) => which === 'all' || closed.has(document)));
      for (const document of left) grown.delete(document);
      beingWritten = left;
      failing = false;
      try {
        for (const document of left) {
          const written = yield* document.write(disk);
          const isOpen = !closed.has(document);
          // Tried again with the next write, and at the end of the process; what is closed would be held for nothing but that.
          if (written || !isOpen) left.delete(document);
          else failing = true;
          if (written) isSaid = false;
          if (isOpen) measure(document, document.size);
          else if (!grown.has(document)) forget(document);
        }
      } finally {
        for (const document of left) grown.add(document);
        left.clear();
      }
    },
  };
}

function documentKey({ enclosing, events, rootUuid }: ScopeRecord): string {
  return (enclosing.find(isWhole) ?? events.find(isWhole))?.uuid ?? rootUuid;
}

/** An agent, or the conversation in which several take turns. */
function isWhole({ kind, category, ownMetadata }: EventRecord): boolean {
  return kind === 'scope' && (category === 'agent' || ownMetadata?.[METADATA.TRAJECTORY] === true);
}
