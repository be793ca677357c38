// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp } from './installed.ts';

it.each(MAJORS)('ends the call of a stream that is dropped unread, on major %i: nothing keeps it', async (major) => {
  const tree = makeApp(major);
  const { stdout } = await runApp({
    args: ['--expose-gc', '--import', join(ROOT, 'dist/esm/register.js')],
    file: join(tree, 'dropped-app.mjs'),
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  });
  rmSync(tree, { recursive: true });
  expect(stdout.trim()).toBe('the stream was abandoned');
});
