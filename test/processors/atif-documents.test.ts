// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain } from '../../src/atif/pace.ts';
import { atOnce } from '../../src/processors/atif-disk.ts';
import { type Documents, openDocuments, type Urgency } from '../../src/processors/atif-documents.ts';
import type { ScopeRecord } from '../../src/runtime/sinks.ts';
import { eventStream } from '../atif/event-stream.ts';
import { toRecord } from '../atif/everything.ts';

const MB = 1024 * 1024;
let dir: string;
let problems: unknown[];
let documents: Documents;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'flow-atif-'));
  problems = [];
  documents = openDocuments({ dir: join(dir, 'atif') }, (...problem) => void problems.push(problem));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The record of a tool's run whose result has so many characters. */
function run(rootUuid: string, size: number, uuid = `tool of ${rootUuid}`): ScopeRecord {
  const stream = eventStream();
  stream.tool(uuid, 'read', {}, 'x'.repeat(size));
  return { uuid, rootUuid, name: 'read', enclosing: [], events: stream.events.map(toRecord) };
}

function addUntil(urgency: Urgency, size = 4 * MB): number {
  for (let count = 1; count < 100; count++)
    if (documents.add(run(`r${count}-${urgency}`, size)) === urgency) return count;
  throw new Error(`nothing was ${urgency}`);
}

describe('what documents hold together', () => {
  it('is bounded also while those that are closed wait to be written', () => {
    expect(addUntil('soon') * 4).toBeLessThanOrEqual(68);
    // Nobody has written any.
    expect(addUntil('now') * 4).toBeLessThanOrEqual(20);
    drain(documents.write(atOnce, 'closed'));
    const written = readdirSync(join(dir, 'atif'));
    expect(written.length).toBeGreaterThan(5);
    expect(documents.add(run('after', 4 * MB))).toBe('later');
    expect(documents.dirty).toBe(true);
    drain(documents.write(atOnce));
    expect(readdirSync(join(dir, 'atif')).length).toBeGreaterThan(written.length);
    expect(documents.dirty).toBe(false);
    expect(problems).toEqual([]);
  });

  it('is not counted twice for what was written and goes on', () => {
    for (let round = 0; round < 12; round++) {
      expect(documents.add(run('long', 2 * MB, `t${round}`))).toBe('later');
      drain(documents.write(atOnce));
    }
    expect(readdirSync(join(dir, 'atif'))).toEqual(['long.atif.json']);
  });

  it('is free again where closed documents cannot be written', () => {
    writeFileSync(join(dir, 'atif'), 'a file');
    addUntil('now');
    drain(documents.write(atOnce, 'closed'));
    expect(documents.add(run('after', 4 * MB))).toBe('later');
    expect(problems).toHaveLength(1);
  });

  it('counts a document that is closed while it is being written until that is done', () => {
    documents.add(run('first', 30 * MB));
    const work = documents.write(atOnce);
    work.next();
    addUntil('soon');
    expect(addUntil('now') * 4).toBeLessThanOrEqual(20);
    drain(work);
    drain(documents.write(atOnce, 'closed'));
    expect(documents.add(run('after', 4 * MB))).toBe('later');
    expect(readdirSync(join(dir, 'atif'))).toContain('first.atif.json');
  });
});
