// SPDX-License-Identifier: Apache-2.0
import { closeSync, rename, renameSync, write, writeFileSync } from 'node:fs';

/** Work on files, in pieces: a promise that it yields is to be waited for before it goes on. */
export type DiskWork = Generator<Promise<void> | void, void>;
/** A part of it. */
export type DiskSteps = Iterable<Promise<void> | void, void>;

/** What takes long on a disk: a long document has to be copied, and the file that it replaces to be freed. */
export interface Disk {
  write(file: number, text: string): DiskSteps;
  rename(from: string, to: string): DiskSteps;
  close(file: number): void;
}

const NOTHING_LEFT: DiskSteps = [];

/** All at once: at the end of the process there is no later. */
export const atOnce: Disk = {
  write(file, text) {
    writeFileSync(file, text);
    return NOTHING_LEFT;
  },
  rename(from, to) {
    renameSync(from, to);
    return NOTHING_LEFT;
  },
  close: closeSync,
};

/** Beside the event loop, one thing at a time. Given up by `return()`, what has begun goes on. */
export function beside(): Disk {
  let running: Promise<void> | undefined;

  function* waitFor<Result>(begin: (done: Done<Result>) => void): Generator<Promise<void>, Result | undefined> {
    let outcome: { readonly error: Error | null; readonly result?: Result | undefined } | undefined;
    running = new Promise((resolve) =>
      begin((error, result) => {
        outcome = { error, result };
        running = undefined;
        resolve();
      }),
    );
    yield running;
    const { error = null, result } = { ...outcome };
    if (error !== null) throw error;
    return result;
  }

  return {
    *write(file, text) {
      const size = Buffer.byteLength(text);
      let written = (yield* waitFor<number>((done) => write(file, text, null, 'utf8', done))) ?? 0;
      if (written >= size) return;
      // A disk that is nearly full, or far away, may take a part only.
      const bytes = Buffer.from(text);
      while (written < size) {
        const from = written;
        written += (yield* waitFor<number>((done) => write(file, bytes, from, done))) ?? 0;
      }
    },
    *rename(from, to) {
      yield* waitFor<void>((done) => rename(from, to, done));
    },
    close(file) {
      // Its number must not become another file's while somebody writes to it.
      if (running === undefined) closeSync(file);
      else void running.then(() => closeSync(file)).catch(() => undefined);
    },
  };
}

type Done<Result> = (error: Error | null, result?: Result) => void;
