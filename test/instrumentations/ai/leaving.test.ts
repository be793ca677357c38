// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp, startServer } from './installed.ts';
import { script } from './script.ts';

const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
let server: OpenAiServer;
beforeAll(async () => {
  server = await startServer(script);
});
afterAll(async () => {
  await server.close();
  trees.forEach((tree) => rmSync(tree, { recursive: true }));
});

const all = Array.from({ length: 20 }, (_, index) => `${index} `).join('');
/** How far the SDK has read ahead of whoever leaves is a matter of time. */
const begun = expect.stringMatching(/^(?:\{"a":")?0 1 (?!.*999 )/);
const left = (run: string) => [
  ['ai', 'UNSET', begun],
  [run, 'OK', begun],
];
const read = [
  ['ai', 'OK', all],
  ['streamText', 'OK', all],
];
const cameBack = expect.stringMatching(/^0 (?!.*19 )/);
const EITHER_WAY = [
  ['a page', null, left('streamText')],
  ['an own model', null, left('streamText')],
  ['one of two', null, read],
  ['and wants its text', all, read],
  [
    'and comes back',
    all,
    [
      ['ai', 'UNSET', cameBack],
      ['streamText', 'OK', cameBack],
    ],
  ],
];
const EXPECTED = [
  ...EITHER_WAY,
  ['text', null, left('streamText')],
  ['a page over HTTP', null, left('streamText')],
  ['text over HTTP', null, left('streamText')],
  ['an object', null, left('streamObject')],
  ['an agent', null, left('helper')],
  // With a stream intercept.
  ...EITHER_WAY,
];

describe.each([
  ['5', 'cjs'],
  ['6', 'esm'],
  ['7', 'esm'],
] as const)('a stream of ai %s, loaded as %s, that its reader leaves', (major, format) => {
  it('ends with its model call when the last of them has left, and goes on for whoever still reads it', async () => {
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(trees.get(major) as string, 'leaving-app.mjs'),
      programArgs: [major, format, `${server.origin}/${major}`],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const told = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[])
      .map(([what, outcome = null, ...rest]) => [what, outcome, ...rest]);
    expect(told).toEqual(EXPECTED);
  });
});
