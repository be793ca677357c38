// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectValidAtif, expectValidAtof } from './index.ts';

const golden = join(import.meta.dirname, 'golden');
const read = (file: string): string => readFileSync(join(golden, file), 'utf8');
const streams = globSync('**/*.jsonl', { cwd: golden }).toSorted();
const documents = globSync('**/*.json', { cwd: golden }).toSorted();

describe('the format checks', () => {
  test.each(streams)('pass the golden ATOF stream %s', (file) => {
    expectValidAtof(read(file));
  });

  test.each(documents)('pass the golden ATIF document %s', (file) => {
    expectValidAtif(JSON.parse(read(file)));
  });

  test('have golden files of both formats to pass', () => {
    expect([streams.length, documents.length]).toEqual([4, 6]);
  });

  test('name the line of an ATOF event that lacks a field', () => {
    const [first = '', ...rest] = read('own/v0.1.jsonl').split('\n');
    const { uuid: _, ...broken } = JSON.parse(first) as Record<string, unknown>;
    const text = [JSON.stringify(broken), ...rest].join('\n');
    expect(() => expectValidAtof(text)).toThrow(/line 1.*uuid/s);
  });

  test('object to an ATOF scope that ends without having started', () => {
    const lines = read('own/v0.1.jsonl').split('\n');
    const withoutFirstStart = lines.filter((_, index) => index !== 0).join('\n');
    expect(() => expectValidAtof(withoutFirstStart)).toThrow(/without a start/);
  });

  test('name the step of an ATIF document whose numbering has a gap', () => {
    const document = JSON.parse(read('own/v1.7-full.json')) as { steps: { step_id: number }[] };
    const broken = { ...document, steps: document.steps.map((step) => ({ ...step, step_id: step.step_id + 1 })) };
    expect(() => expectValidAtif(broken)).toThrow(/steps\[0\].*expected 1/s);
  });

  test('object to a field that ATIF does not know', () => {
    const document = JSON.parse(read('own/v1.7-full.json')) as Record<string, unknown>;
    expect(() => expectValidAtif({ ...document, surprise: true })).toThrow(/surprise/);
  });
});
