// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'vitest';
import { root } from '../consumer.ts';
import { expectSeen, type Matrix, runAs } from './agent.ts';

interface Tracer {
  nodeFileTrace(files: readonly string[], options: { base: string }): Promise<{ fileList: ReadonlySet<string> }>;
}

const START = `await import('@flow/register');\nawait import('./policy.mjs');\nawait import('./agent.mjs');\n`;

/** An application of which a tool has gathered the files that it imports, as `output: 'standalone'` of Next.js and Vercel do, and left the rest behind. */
export function describeGathered(matrix: () => Matrix): void {
  describe('an agent whose files were gathered for a deployment', { timeout: 120_000 }, () => {
    test.concurrent('is seen and controlled: Flow is there as a whole', async () => {
      const { consumer } = matrix();
      await consumer.write({ 'gathered.mjs': START });
      const { nodeFileTrace } = createRequire(join(root, 'test/apps/packaging/package.json'))('@vercel/nft') as Tracer;
      const { fileList } = await nodeFileTrace([join(consumer.folder, 'gathered.mjs')], { base: consumer.folder });
      const image = await realpath(await mkdtemp(join(tmpdir(), 'flow-gathered-')));
      try {
        for (const file of fileList) {
          await mkdir(dirname(join(image, file)), { recursive: true });
          await cp(join(consumer.folder, file), join(image, file), { verbatimSymlinks: true });
        }
        expectSeen('gathered', matrix(), await runAs('gathered', matrix(), [join(image, 'gathered.mjs')]));
      } finally {
        await rm(image, { recursive: true });
      }
    });
  });
}
