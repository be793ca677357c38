// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

describe('docs/api.md', () => {
  it('is what the docstrings of the sources say', async () => {
    const { code, stderr } = await runApp({ file: join(ROOT, 'scripts/reference.mjs'), programArgs: ['--check'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('has a heading and a docstring for every export of the API', () => {
    const text = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
    const index = readFileSync(join(ROOT, 'src/api/index.ts'), 'utf8');
    const names = [...index.matchAll(/^export (?:type )?\{([^}]+)\}/gm)]
      .flatMap(([, list = '']) => list.split(','))
      .map((each) => each.replace(/^\s*type /, '').trim())
      .filter((each) => each !== '');
    expect(names.length).toBeGreaterThan(20);
    const undocumented = [...names, 'flow'].filter((name) => !new RegExp(`^### ${name}\n\n[A-Z\`{]`, 'm').test(text));
    expect(undocumented).toEqual([]);
  });
});
