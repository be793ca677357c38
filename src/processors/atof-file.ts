// SPDX-License-Identifier: Apache-2.0
import { constants, closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { getRuntime } from '../api/runtime.ts';
import { makeFolder } from './make-folder.ts';
import type { EventRecord } from '../atof/record.ts';
import type { Registration } from '../pipeline/registry.ts';

const NEW_LINE = 10;
/** Characters of one write: a burst of long lines must not become one text that is longer than a string can be. */
const MAX_WRITE = 4 * 2 ** 20;

/** Where the events go. */
export interface AtofFileOptions {
  /** The JSONL file. Made with its folder when the first event comes, readable for its owner alone; appended to. */
  readonly path: string;
}

/**
 * Writes every event as one line of an ATOF 0.1 file, at once and whole: several processes may write one file. A file that was rotated away is
 * opened anew. What cannot be written is counted and reported; the application runs on. Removing the registration closes the file.
 */
export function atofFile(options: AtofFileOptions): Registration {
  const { flow, internals } = getRuntime();
  // As of now: an application may change its working directory.
  const path = resolve(options.path);
  let file: number | undefined;
  let torn = false;
  let removed = false;
  const open = (): number => {
    if (file !== undefined && isRotated(file, path)) {
      closeSync(file);
      file = undefined;
    }
    if (file === undefined) {
      makeFolder(dirname(path));
      file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
    }
    return file;
  };
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const append = (lines: readonly string[]): void => {
    let whole = 0;
    try {
      // One write call for whole lines: with O_APPEND the system puts it behind what others wrote.
      const text = Buffer.from(`${torn ? '\n' : ''}${lines.join('\n')}\n`);
      const written = writeSync(open(), text);
      if (written < text.length) {
        whole = text.subarray(torn ? 1 : 0, written).filter((byte) => byte === NEW_LINE).length;
        torn = true;
        throw new Error(`the disk took ${written} of ${text.length} bytes`);
      }
      torn = false;
    } catch (error) {
      internals.report('atof', path, lost(error, lines.length - whole));
    }
  };
  const write = (events: readonly EventRecord[]): void => {
    let lines: string[] = [];
    let size = 0;
    for (const event of events) {
      const line = event.line();
      lines.push(line);
      size += line.length;
      if (size < MAX_WRITE) continue;
      append(lines);
      lines = [];
      size = 0;
    }
    if (lines.length > 0) append(lines);
    if (removed) close();
  };
  const subscriber = Object.assign((events: readonly EventRecord[]) => write(events), { batch: true as const });
  const registration = flow.addSubscriber(`atof-file:${path}`, subscriber as never);
  // Without the distribution nobody else closes what is open then, or writes what is queued.
  const atExit = (): void => {
    internals.closeOpenScopes();
    flow.flushSync();
  };
  process.on('exit', atExit);
  const remove = (): boolean => {
    process.removeListener('exit', atExit);
    // What was emitted before is still to come, and opens the file once more.
    removed = true;
    close();
    return registration.remove();
  };
  return { ...registration, remove, [Symbol.dispose]: remove };
}

function isRotated(file: number, path: string): boolean {
  const ours = fstatSync(file);
  if (!ours.isFile()) return false;
  const there = statSync(path, { throwIfNoEntry: false });
  return there === undefined || there.ino !== ours.ino;
}

const lost = (error: unknown, count: number): Error =>
  new Error(
    `${count} ${count === 1 ? 'event was' : 'events were'} not written: ${error instanceof Error ? error.message : String(error)}; name a file that can be written (FLOW_ATOF_FILE)`,
    { cause: error },
  );
