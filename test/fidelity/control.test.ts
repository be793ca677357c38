// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { comparable, observe } from './observations.ts';
import type { Observations } from './observations.ts';
import { scenarioFiles } from './scenario-files.ts';
import type { ScenarioFile } from './scenario-files.ts';
import { startScenarioServer } from './scenario-server.ts';
import type { ScenarioServer } from './scenario-server.ts';
import { warningsOf, withFlow } from './with-flow.ts';

/** Each file here runs under the module of the same name in `policies/`. */
const controlled: readonly ScenarioFile[] = await scenarioFiles('controlled');
const unchanged: readonly ScenarioFile[] = (await scenarioFiles('scenarios')).filter((file) => !file.isolated);

let server: ScenarioServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flow-control-'));
  server = await startScenarioServer([...controlled, ...unchanged]);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['import', 'require'] as const)('loaded by %s', (loading) => {
  describe.each(controlled)('under the policy of $file', ({ file, target, scenarios }) => {
    let observations: Observations;

    beforeAll(async () => {
      const options = withFlow(join(folder, `${loading}-${file}.jsonl`), file);
      observations = await observe(server, { loading, targets: [target], ...options });
    }, 60_000);

    test.each(scenarios)('$sentence', ({ name, unhandled }) => {
      const seen = observations.scenarios.get(`${loading}/${file}/${name}`)?.seen;
      expect(seen).toMatchObject({ returned: expect.anything(), warnings: [] });
      expect((seen as { readonly unhandledRejections: unknown }).unhandledRejections).toHaveLength(unhandled);
    });

    test('the process prints nothing but what of policy failed, and ends by itself', () => {
      expect([observations.exit, observations.stderr]).toEqual([{ code: 0, signal: null }, warningsOf(file)]);
    });
  });
});

describe('under a policy of every kind that changes nothing', () => {
  let plain: Observations;
  let flow: Observations;

  beforeAll(async () => {
    const targets = unchanged.map(({ target }) => target);
    const options = withFlow(join(folder, 'unchanged.jsonl'), 'unchanged');
    [plain, flow] = await Promise.all([
      observe(server, { loading: 'import', targets }),
      observe(server, { loading: 'import', targets, ...options }),
    ]);
  }, 120_000);

  const cases = unchanged.flatMap(({ file, scenarios }) =>
    scenarios.filter(({ ownResponse }) => !ownResponse).map((scenario) => ({ ...scenario, file })),
  );
  test.each(cases)('$file: $sentence', ({ file, name, unordered }) => {
    const key = `import/${file}/${name}`;
    const expected = comparable(plain.scenarios.get(key), { unordered, rebuilt: true });
    expect(comparable(flow.scenarios.get(key), { unordered, rebuilt: true })).toEqual(expected);
  });
});
