// SPDX-License-Identifier: Apache-2.0
import type { Internals } from '../api/runtime.ts';
import type { EventRecord } from '../atof/record.ts';
import type { ScopeRecord } from '../runtime/sinks.ts';
import type { AtifOptions } from './atif.ts';
import { type TrajectoryDocument, openDocument } from './atif-document.ts';

/** The documents that may still grow. */
export interface Documents {
  /** True when closed documents wait to be written: until then they take memory that was to be free. */
  add(record: ScopeRecord): boolean;
  /** Writes those that have grown, piece by piece; given up by `return()`, the rest stays to be written. */
  write(): Generator<void, void>;
  /** Some have grown since they were written. */
  readonly dirty: boolean;
  /** Some could not be written when that was tried last. */
  readonly failing: boolean;
}

/** Of what open documents hold together. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Documents kept open at once; the one that grew longest ago is closed first. */
const MAX_DOCUMENTS = 1000;
/** Of these, documents whose agent has ended: a stream that it returned, or work that it did not wait for, may end later. */
const MAX_COMPLETE = 20;

/** None yet. One that is closed is written once more; what comes for it later begins a new file. */
export function openDocuments(options: AtifOptions, report: Internals['report']): Documents {
  const open = new Map<string, TrajectoryDocument>();
  const complete = new Set<string>();
  const sizes = new Map<TrajectoryDocument, number>();
  const grown = new Set<TrajectoryDocument>();
  let failing = false;
  // Once for as long as it lasts: every write tries all again.
  let isSaid = false;
  const reportOnce: Internals['report'] = (...problem) => {
    if (!isSaid) report(...problem);
    isSaid = true;
  };
  let bytes = 0;

  function measure(document: TrajectoryDocument): void {
    const { size } = document;
    bytes += size - (sizes.get(document) ?? 0);
    sizes.set(document, size);
  }

  function close(key: string): void {
    const document = open.get(key);
    if (document === undefined) return;
    open.delete(key);
    complete.delete(key);
    bytes -= sizes.get(document) ?? 0;
    sizes.delete(document);
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
      measure(document);
      if (document.complete) {
        complete.delete(key);
        complete.add(key);
        closeOldest(complete, () => complete.size <= MAX_COMPLETE);
      }
      closeOldest(open.keys(), () => open.size <= MAX_DOCUMENTS);
      if (bytes <= MAX_BYTES) return false;
      closeOldest(open.keys(), () => bytes <= MAX_BYTES / 2);
      return true;
    },
    *write() {
      const left = new Set(grown);
      grown.clear();
      failing = false;
      try {
        for (const document of left) {
          const written = yield* document.write();
          const isOpen = sizes.has(document);
          // Tried again with the next write, and at the end of the process; what is closed would be held for nothing but that.
          if (written || !isOpen) left.delete(document);
          else failing = true;
          if (written) isSaid = false;
          if (isOpen) measure(document);
        }
      } finally {
        for (const document of left) grown.add(document);
      }
    },
  };
}

function documentKey({ enclosing, events, rootUuid }: ScopeRecord): string {
  return (enclosing.find(isAgent) ?? events.find(isAgent))?.uuid ?? rootUuid;
}

function isAgent({ kind, category }: EventRecord): boolean {
  return kind === 'scope' && category === 'agent';
}
