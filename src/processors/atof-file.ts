// SPDX-License-Identifier: Apache-2.0
import { constants, closeSync, fstatSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { getRuntime } from '../api/runtime.ts';
import type { EventRecord } from '../atof/record.ts';
import type { Registration } from '../pipeline/registry.ts';

/** Where the events go. */
export interface AtofFileOptions {
  /** The JSONL file. Made with its folder when the first event comes, readable for its owner alone; appended to. */
  readonly path: string;
}

/**
 * Writes every event as one line of an ATOF 0.1 file, at once and whole: several processes may write one file. A file that was rotated away is
 * opened anew. What cannot be written is counted and reported; the application runs on. Removing the registration closes the file.
 */
export function atofFile({ path }: AtofFileOptions): Registration {
  const { flow, internals } = getRuntime();
  let file: number | undefined;
  let torn = false;
  const open = (): number => {
    if (file !== undefined && isRotated(file, path)) {
      closeSync(file);
      file = undefined;
    }
    if (file === undefined) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
    }
    return file;
  };
  const write = (events: readonly EventRecord[]): void => {
    try {
      // One write call for whole lines: with O_APPEND the system puts it behind what others wrote.
      const text = Buffer.from(`${torn ? '\n' : ''}${events.map((event) => event.line()).join('\n')}\n`);
      const written = writeSync(open(), text);
      torn = written < text.length;
      if (torn) throw new Error(`the disk took ${written} of ${text.length} bytes`);
    } catch (error) {
      internals.report('atof', path, lost(error, events.length));
    }
  };
  const subscriber = Object.assign((events: readonly EventRecord[]) => write(events), { batch: true as const });
  const registration = flow.addSubscriber(`atof-file:${path}`, subscriber as never);
  const remove = (): boolean => {
    if (file !== undefined) closeSync(file);
    file = undefined;
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
  new Error(`${count} events were not written: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
