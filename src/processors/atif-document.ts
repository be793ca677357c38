// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBuilder } from '../atif/builder.ts';
import { toText } from '../atif/told.ts';
import type { Internals } from '../api/runtime.ts';
import type { ScopeRecord } from '../runtime/sinks.ts';
import type { AtifOptions } from './atif.ts';
import type { Disk, DiskWork } from './atif-disk.ts';
import { makeFolder } from './make-folder.ts';

/** One trajectory that grows with the scopes that end. */
export interface TrajectoryDocument {
  add(record: ScopeRecord): void;
  /**
   * Writes the document, piece by piece, by a temporary file and a rename: a reader finds the old or the new one, never half. Never throws. One
   * at a time; given up by `return()`, it leaves the old one. False where it could not be written.
   */
  write(disk: Disk): Generator<Promise<void> | void, boolean>;
  /** Its top-level agent scope has ended: nothing more can come. */
  readonly complete: boolean;
  /** About the bytes that it holds. */
  readonly size: number;
}

/** Characters that are handed to the file system at once. */
const BLOCK = 64 * 1024;

/** Opens the document of this key. A file of that name that is already there belongs to another process and stays. */
export function openDocument(
  key: string,
  { dir, version }: AtifOptions,
  report: Internals['report'],
): TrajectoryDocument {
  const builder = createBuilder({ forgets: true });
  const options = {
    sessionId: key,
    trajectoryId: key,
    ...(version === undefined ? {} : { version }),
    // A call whose history fits several runs has a run of its own; the document says so.
    ifAmbiguous: { run: 'ambiguous_history' },
  };
  let path: string | undefined;
  let complete = false;
  return {
    get complete() {
      return complete;
    },
    get size() {
      return builder.size;
    },
    add(record) {
      builder.within(record.enclosing);
      for (const event of record.events) builder.add(event);
      if (record.uuid === key) complete = true;
    },
    *write(disk) {
      let temporary: string | undefined;
      try {
        const told = yield* builder.tell(options);
        if (told === undefined) return true;
        makeFolder(dir);
        temporary = join(dir, `${key}.${randomUUID()}.tmp`);
        yield* writeFile(disk, temporary, toText(told));
        if (path === undefined) path = claimName(dir, key, temporary);
        else yield* disk.rename(temporary, path);
        temporary = undefined;
        return true;
      } catch (error) {
        report('atif', dir, unwritten(error));
        return false;
      } finally {
        discard(temporary);
      }
    },
  };
}

function* writeFile(disk: Disk, path: string, pieces: Iterable<string>): DiskWork {
  const file = openSync(path, 'wx', 0o600);
  try {
    let block = '';
    for (const piece of pieces) {
      block += piece;
      if (block.length >= BLOCK) {
        yield* disk.write(file, block);
        block = '';
      }
      yield;
    }
    yield* disk.write(file, `${block}\n`);
  } finally {
    disk.close(file);
  }
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
