// SPDX-License-Identifier: Apache-2.0
import { numbered } from './run-by-code.ts';
import type { Scope } from './scopes.ts';
import { linesOf, SEPARATOR, type SettledSteps } from './settled-steps.ts';

/** Settled steps that are put together while they come. */
export interface Batch {
  add(tool: Scope, line: string): void;
  /** Those so far. */
  steps(): SettledSteps;
  /** The same when no more will come. */
  close(): SettledSteps;
  /** About the bytes of their text. */
  readonly size: number;
}

/** Size from which on a batch is to be closed. V8 keeps text of more than a million bytes that was read out of a buffer outside of its heap. */
export const FULL: number = 1.25 * 1024 * 1024;
/** Characters of lines that are joined: until then a line is as many strings as it has parts. */
const CHUNK = 16 * 1024;

/** None yet; the first gets this number. */
export function createBatch(firstId: number): Batch {
  const names = new Set<string>();
  const parents = new Set<string | null>();
  let micros: number[] = [];
  let lines: string[] = [];
  let waiting = 0;
  let joined: Piece[] = [];
  let size = 0;
  let known: SettledSteps | undefined;

  function join(): void {
    if (waiting > 0) joined.push(pieceOf(lines.join('')));
    lines = [];
    waiting = 0;
  }

  /** By time, as a rule the order in which they came. */
  function sort(text: string): string {
    if (micros.every((each, index) => index === 0 || each >= (micros[index - 1] ?? 0))) return text;
    const came = linesOf({ text });
    const order = [...micros.keys()].toSorted((a, b) => (micros[a] ?? 0) - (micros[b] ?? 0));
    micros = order.map((index) => micros[index] ?? 0);
    const sorted = order.map((from, index) => numbered(came[from] ?? '', firstId + index)).join(SEPARATOR);
    joined.forEach(release);
    joined = [pieceOf(sorted + SEPARATOR)];
    return sorted;
  }

  function steps(): SettledSteps {
    if (known) return known;
    join();
    const bytes = joined.reduce((sum, { size }) => sum + size, -SEPARATOR.length);
    const text = sort(textOf(joined, bytes));
    // One character beyond ASCII makes all of it twice as wide.
    const width = text.length === bytes ? 1 : 2;
    size = text.length * width;
    const [from, to] = [micros[0] ?? 0, micros.at(-1) ?? 0];
    // More names and parents may come.
    const said = { names: new Set(names), parents: new Set(parents) };
    known = { text, width, firstId, count: micros.length, from, to, ...said };
    return known;
  }

  return {
    add({ name, parentUuid, end }, line) {
      const text = numbered(line, firstId + micros.length) + SEPARATOR;
      lines.push(text);
      waiting += text.length;
      size += text.length;
      micros.push(end?.micros ?? 0);
      names.add(name);
      parents.add(parentUuid);
      known = undefined;
      if (waiting >= CHUNK) join();
    },
    steps,
    close() {
      const last = steps();
      joined.forEach(release);
      joined = [];
      return last;
    },
    get size() {
      return size;
    },
  };
}

// To get as much memory anew each time costs more than to fill it: texts are put together in what is there.
const ROOM = 2 * CHUNK;
const MAX_FREE = 64;
const free: Buffer[] = [];
let all: Buffer | undefined;

interface Piece {
  readonly bytes: Buffer;
  readonly size: number;
}

function pieceOf(text: string): Piece {
  const size = Buffer.byteLength(text);
  const bytes = size > ROOM ? Buffer.allocUnsafeSlow(size) : (free.pop() ?? Buffer.allocUnsafeSlow(ROOM));
  bytes.write(text);
  return { bytes, size };
}

function release({ bytes }: Piece): void {
  if (bytes.length === ROOM && free.length < MAX_FREE) free.push(bytes);
}

function textOf(pieces: readonly Piece[], size: number): string {
  const whole =
    size > FULL ? Buffer.allocUnsafeSlow(size + SEPARATOR.length) : (all ??= Buffer.allocUnsafeSlow(FULL + ROOM));
  let at = 0;
  for (const piece of pieces) at += piece.bytes.copy(whole, at, 0, piece.size);
  return whole.toString('utf8', 0, size);
}
