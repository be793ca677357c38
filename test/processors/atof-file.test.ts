// SPDX-License-Identifier: Apache-2.0
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import type { Registration } from '../../src/pipeline/registry.ts';
import { atofFile } from '../../src/processors/atof-file.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import { outline, validated } from '../runtime/recorder.ts';
import { runApp } from '../support/run.ts';

let folder: string;
let path: string;
let registration: Registration | undefined;
let diagnostics: Diagnostic[];
let undo: () => void;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-atof-'));
  path = join(folder, 'deep/er/events.jsonl');
  diagnostics = [];
  undo = flow.onDiagnostic((diagnostic) => void diagnostics.push(diagnostic));
});
afterEach(async () => {
  registration?.remove();
  await flow.flush();
  undo();
  rmSync(folder, { recursive: true });
});

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
/** The files that this process has open in the folder. */
const openFiles = (): string[] => {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(folder));
};

describe('an ATOF file', () => {
  it('holds every event as a line, as soon as the event is delivered', async () => {
    registration = atofFile({ path });
    const scope = flow.scope.start('s', { type: 'agent', input: { text: 'é\n\u2028' } });
    await flow.flush();
    expect(outline(validated(linesOf(path)))).toEqual(['start s']);
    await scope.run(() => flow.tool.execute({ name: 't', args: 1 }, () => 2));
    scope.end();
    await flow.flush();
    const events = validated(linesOf(path));
    expect(outline(events)).toEqual(['start s', 'start t', 'end t', 'end s']);
    expect(events[0]?.data).toEqual({ text: 'é\n\u2028' });
    expect(readFileSync(path, 'utf8').endsWith('}\n')).toBe(true);
  });

  it('is made, with its folder, for its owner alone, when the first event comes', async () => {
    registration = atofFile({ path });
    await flow.flush();
    expect(readdirSync(folder)).toEqual([]);
    flow.scope.mark('m');
    await flow.flush();
    expect([statSync(path).mode & 0o777, statSync(join(folder, 'deep')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('that is there already is appended to', async () => {
    path = join(folder, 'events.jsonl');
    writeFileSync(path, 'what was there\n');
    registration = atofFile({ path });
    flow.scope.mark('m');
    await flow.flush();
    const [first, ...lines] = linesOf(path);
    expect(first).toBe('what was there');
    expect(outline(validated(lines))).toEqual(['mark m']);
  });

  it.each<[string, () => void]>([
    ['moved away', () => renameSync(path, `${path}.1`)],
    ['deleted', () => rmSync(path)],
    ['deleted with its folder', () => rmSync(join(folder, 'deep'), { recursive: true })],
  ])('that was %s is begun anew', async (_, rotate) => {
    registration = atofFile({ path });
    flow.scope.mark('before');
    await flow.flush();
    rotate();
    flow.scope.mark('after');
    await flow.flush();
    expect(outline(validated(linesOf(path)))).toEqual(['mark after']);
    expect(diagnostics).toEqual([]);
  });

  it('takes a burst that is longer than a string can be', async () => {
    registration = atofFile({ path });
    const text = 'x'.repeat(2 ** 20);
    for (let i = 0; i < 20; i++) flow.scope.mark(`m${i}`, { data: text });
    await flow.flush();
    expect(outline(validated(linesOf(path)))).toEqual(Array.from({ length: 20 }, (_, i) => `mark m${i}`));
  });

  it('has events in order of emission, each when its sanitizers are done', async () => {
    registration = atofFile({ path });
    const slow = Promise.withResolvers<{ data: string }>();
    const { remove } = flow.event.addSanitizeMark('slow', (event) => (event.name === 'slow' ? slow.promise : event));
    flow.scope.mark('first', { data: 1 });
    flow.scope.mark('slow', { data: 'secret' });
    flow.scope.mark('last', { data: 3 });
    setTimeout(() => slow.resolve({ data: 'clean' }), 30);
    await flow.flush();
    remove();
    expect(validated(linesOf(path)).map(({ data }) => data)).toEqual([1, 'clean', 3]);
  });

  it('is closed with its registration, and what was emitted before is still written', async () => {
    registration = atofFile({ path });
    flow.scope.mark('first');
    await flow.flush();
    expect(openFiles()).toEqual([path]);
    flow.scope.mark('last');
    expect(registration.remove()).toBe(true);
    flow.scope.mark('too late');
    await flow.flush();
    expect(outline(validated(linesOf(path)))).toEqual(['mark first', 'mark last']);
    expect([registration.remove(), openFiles()]).toEqual([false, []]);
  });
});

describe('an ATOF file that cannot be written', () => {
  it.each<[string, () => string]>([
    [
      'in a folder that is a file',
      () => {
        writeFileSync(join(folder, 'file'), '');
        return join(folder, 'file/events.jsonl');
      },
    ],
    [
      'because it is a folder',
      () => {
        mkdirSync(join(folder, 'events.jsonl'));
        return join(folder, 'events.jsonl');
      },
    ],
    ['because the disk is full', () => '/dev/full'],
    ['under a name that no system takes', () => join(folder, 'x'.repeat(300))],
    ['under a name with a zero in it', () => join(folder, 'x\0y')],
  ])('%s: the application runs on, and the loss is counted', async (_, make) => {
    registration = atofFile({ path: make() });
    expect(await flow.tool.execute({ name: 't', args: 1 }, () => 'result')).toBe('result');
    await flow.flush();
    expect(diagnostics).toMatchObject([
      { source: 'atof', error: { message: expect.stringMatching(/^2 events were not written: /) } },
    ]);
  });

  it('works again when the reason is gone', async () => {
    writeFileSync(join(folder, 'deep'), 'in the way');
    registration = atofFile({ path });
    flow.scope.mark('lost');
    await flow.flush();
    rmSync(join(folder, 'deep'));
    flow.scope.mark('written');
    await flow.flush();
    expect(outline(validated(linesOf(path)))).toEqual(['mark written']);
    expect(diagnostics).toHaveLength(1);
  });

  it('costs one warning on standard error, and nothing else', async () => {
    const code = `
      import { flow } from '@flow/register/api';
      for (let i = 0; i < 5; i++) {
        await flow.tool.execute({ name: 't', args: i }, () => i);
        await flow.flush();
      }
      console.log('done');`;
    const result = await runApp({
      args: ['--import', './dist/esm/register.js'],
      env: { FLOW_ATOF_FILE: '/dev/full', OTEL_TRACES_EXPORTER: 'none' },
      code,
    });
    expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(result.stderr.trim().split('\n')).toEqual([expect.stringMatching(/2 events were not written: ENOSPC/)]);
  });
});

/** Source that waits until so many processes have come to it. */
const together = (count: number): string => `
      import { mkdirSync, readdirSync } from 'node:fs';
      const here = ${JSON.stringify(join(folder, 'here'))};
      mkdirSync(here + '/' + process.pid, { recursive: true });
      while (readdirSync(here).length < ${count}) await new Promise((resolve) => setTimeout(resolve, 1));`;

describe('processes that write one file', () => {
  it('interleave whole lines, and lose none', async () => {
    path = join(folder, 'events.jsonl');
    const code = `
      import { flow } from '@flow/register/api';
      import { atofFile } from '@flow/register/sdk';
      ${together(3)}
      atofFile({ path: ${JSON.stringify(path)} });
      const data = process.pid + ' ' + 'é'.repeat(20_000);
      for (let i = 0; i < 300; i++) {
        flow.scope.run('s' + process.pid, { data: i % 10 ? i : data }, (scope) => scope.mark('m', { data: i }));
        await new Promise(setImmediate);
      }
      await flow.flush();`;
    const results = await Promise.all([runApp({ code }), runApp({ code }), runApp({ code })]);
    expect(results.map((result) => [result.code, result.stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    const events = validated(linesOf(path));
    expect(events).toHaveLength(3 * 300 * 3);
    const writers = events.map(({ metadata }) => metadata?.['root_uuid']);
    expect(new Set(writers).size).toBe(3);
    // They did write at the same time.
    expect(writers.filter((writer, index) => index > 0 && writer !== writers[index - 1]).length).toBeGreaterThan(2);
  });

  it('leave whole lines behind when they are killed at any moment', async () => {
    path = join(folder, 'events.jsonl');
    const code = `
      import { flow } from '@flow/register/api';
      import { atofFile } from '@flow/register/sdk';
      atofFile({ path: ${JSON.stringify(path)} });
      for (let i = 0; ; i++) {
        flow.scope.run('s', { data: 'x'.repeat(50_000) }, () => undefined);
        if (i === 5) process.stdout.write('ready');
        await new Promise(setImmediate);
      }`;
    for (let i = 0; i < 3; i++)
      expect(await runApp({ code, signal: 'SIGKILL' })).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    const lines = linesOf(path);
    expect(lines.length).toBeGreaterThan(10);
    expect(() => validated(lines)).not.toThrow();
  });

  it('write what is left when a subscriber of theirs ends the process', async () => {
    path = join(folder, 'events.jsonl');
    const code = `
      import { flow } from '@flow/register/api';
      flow.addSubscriber('a ending one', ({ name }) => { if (name === 'm1') process.exit(5); });
      for (let i = 0; i < 3; i++) flow.scope.mark('m' + i);`;
    const result = await runApp({
      args: ['--import', './dist/esm/register.js'],
      env: { FLOW_ATOF_FILE: path, OTEL_TRACES_EXPORTER: 'none' },
      code,
    });
    expect(result).toMatchObject({ code: 5, stderr: '' });
    expect(outline(validated(linesOf(path)))).toEqual(['mark m0', 'mark m1', 'mark m2']);
  });
});
