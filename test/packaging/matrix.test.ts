// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll } from 'vitest';
import { install } from './consumer.ts';
import { type Matrix, startMatrix } from './rows/agent.ts';
import { describeApiVersions } from './rows/api-versions.ts';
import { describeBundles } from './rows/bundles.ts';
import { describeEntries } from './rows/entries.ts';
import { describeGathered } from './rows/gathered.ts';
import { describeInstallation } from './rows/installation.ts';
import { describeRunners } from './rows/runners.ts';
import { describeStarts } from './rows/starts.ts';
import { describeTypes } from './rows/types.ts';

let matrix: Matrix;

// One installation for all of them: it costs more than most rows.
beforeAll(async () => {
  matrix = await startMatrix(await install());
}, 180_000);

afterAll(() => matrix?.close());

for (const describeRows of [
  describeInstallation,
  describeEntries,
  describeTypes,
  describeStarts,
  describeRunners,
  describeBundles,
  describeGathered,
  describeApiVersions,
])
  describeRows(() => matrix);
