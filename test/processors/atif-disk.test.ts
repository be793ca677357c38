// SPDX-License-Identifier: Apache-2.0
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { beside, type Disk, type DiskSteps, type DiskWork } from '../../src/processors/atif-disk.ts';
import { inPieces } from '../../src/processors/in-pieces.ts';

let dir: string;
let disk: Disk;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'flow-disk-'));
  disk = beside();
});
afterEach(() => rmSync(dir, { recursive: true }));

function* all(steps: DiskSteps): DiskWork {
  yield* steps;
}

it('writes one text after the other, and renames, while the event loop turns', async () => {
  const text = `${'wide 语 '.repeat(100_000)}\n`;
  const file = openSync(join(dir, 'a'), 'wx');
  let turns = 0;
  const watch = setInterval(() => turns++, 0);
  for (let count = 0; count < 5; count++) await inPieces(all(disk.write(file, text)));
  disk.close(file);
  writeFileSync(join(dir, 'b'), 'old');
  await inPieces(all(disk.rename(join(dir, 'a'), join(dir, 'b'))));
  clearInterval(watch);
  expect(turns).toBeGreaterThan(0);
  expect(readFileSync(join(dir, 'b'), 'utf8')).toBe(text.repeat(5));
});

it('throws what goes wrong into the work', async () => {
  const closed = openSync(join(dir, 'a'), 'wx');
  closeSync(closed);
  await expect(inPieces(all(disk.rename(join(dir, 'none'), join(dir, 'b'))))).rejects.toMatchObject({ code: 'ENOENT' });
  const readOnly = openSync(join(dir, 'a'), 'r');
  await expect(inPieces(all(disk.write(readOnly, 'x')))).rejects.toMatchObject({ code: 'EBADF' });
  disk.close(readOnly);
});

it('keeps a file open as long as somebody writes to it, also when the work was given up', async () => {
  const text = 'x'.repeat(8 * 1024 * 1024);
  const file = openSync(join(dir, 'a'), 'wx');
  const work = all(disk.write(file, text));
  work.next();
  work.return();
  disk.close(file);
  expect(() => fstatSync(file)).not.toThrow();
  await vi.waitFor(() => expect(() => fstatSync(file)).toThrow('EBADF'), 5000);
  expect(readFileSync(join(dir, 'a'), 'utf8')).toBe(text);
});
