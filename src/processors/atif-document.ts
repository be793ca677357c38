// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METADATA } from '../../semconv/index.ts';
import type { AtofEvent } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import { toTrajectory } from '../atif/to-trajectory.ts';
import type { Internals } from '../api/runtime.ts';
import type { ScopeRecord } from '../runtime/sinks.ts';
import type { AtifOptions } from './atif.ts';
import { makeFolder } from './make-folder.ts';

/** One trajectory that grows with the scopes that end. */
export interface TrajectoryDocument {
  add(record: ScopeRecord): void;
  /** Writes the document by a temporary file and a rename: a reader finds the old or the new one, never half. Never throws. */
  write(): void;
  /** Its top-level agent scope has ended: nothing more can come. */
  readonly complete: boolean;
  /** Characters of the payloads that it holds. */
  readonly size: number;
}

/** About what an event costs beside its payload. */
const EVENT_SIZE = 500;

/** Opens the document of this key. A file of that name that is already there belongs to another process and stays. */
export function openDocument(
  key: string,
  { dir, version }: AtifOptions,
  report: Internals['report'],
): TrajectoryDocument {
  const events = new Map<string, EventRecord>();
  let path: string | undefined;
  let complete = false;
  let size = 0;
  const keep = (event: EventRecord): void => {
    const id = event.kind === 'mark' ? event.uuid : `${event.scope_category} ${event.uuid}`;
    if (!events.has(id)) size += EVENT_SIZE + (event.dataJson?.length ?? 0);
    events.set(id, event);
  };
  return {
    get complete() {
      return complete;
    },
    get size() {
      return size;
    },
    add(record) {
      for (const event of record.enclosing) keep(event);
      for (const event of record.events) keep(event);
      if (record.uuid === key) complete = true;
    },
    write() {
      let temporary: string | undefined;
      try {
        // What a sanitizer still works on is not ours to write.
        const all = [...events.values()].filter(({ ready }) => ready) as unknown as AtofEvent[];
        const trajectory = toTrajectory(all, {
          sessionId: key,
          trajectoryId: key,
          ...(version === undefined ? {} : { version }),
          ...runOf(all),
        });
        if (trajectory === undefined) return;
        makeFolder(dir);
        temporary = join(dir, `${key}.${randomUUID()}.tmp`);
        writeFileSync(temporary, `${JSON.stringify(trajectory, null, 2)}\n`, { mode: 0o600 });
        if (path === undefined) path = claimName(dir, key, temporary);
        else renameSync(temporary, path);
      } catch (error) {
        discard(temporary);
        report('atif', dir, unwritten(error));
      }
    },
  };
}

// Two processes may tell of the same trace at the same time: whoever links first has the name.
function claimName(dir: string, key: string, temporary: string): string {
  for (let number = 1; ; number++) {
    const path = join(dir, `${number === 1 ? key : `${key}.${number}`}.atif.json`);
    try {
      linkSync(temporary, path);
      rmSync(temporary);
      return path;
    } catch (error) {
      if (existsSync(path)) continue;
      // A file system without links.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
      renameSync(temporary, path);
      return path;
    }
  }
}

// A call whose history fits several runs has a run of its own; the document says so.
function runOf(events: readonly AtofEvent[]): { extra?: { run: string } } {
  const ambiguous = events.some(({ metadata }) => metadata?.[METADATA.RUN] === 'ambiguous');
  return ambiguous ? { extra: { run: 'ambiguous_history' } } : {};
}

function discard(temporary: string | undefined): void {
  try {
    if (temporary !== undefined) rmSync(temporary, { force: true });
  } catch {
    // It was never there.
  }
}

function unwritten(error: unknown): Error {
  const { message, code } = error as NodeJS.ErrnoException;
  const made = new Error(`not written: ${message}; name a folder that can be written (FLOW_ATIF_DIR)`, {
    cause: error,
  });
  return code === undefined ? made : Object.assign(made, { code });
}
