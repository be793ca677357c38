// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startAnthropicServer } from '../support/anthropic-server/server.ts';
import { ANTHROPIC_VERSIONS, layOutAnthropic } from './applications.ts';
import type { AnthropicVersion } from './applications.ts';
import { comparable, observe } from './observations.ts';
import type { Observations } from './observations.ts';
import { scenarioFiles } from './scenario-files.ts';
import type { ScenarioFile } from './scenario-files.ts';
import { startScenarioServer } from './scenario-server.ts';
import type { ScenarioServer } from './scenario-server.ts';
import { withFlow } from './with-flow.ts';

// With every version the copy of ES modules and the one of CommonJS in one process.
const COPIES = ['import', 'require'] as const;

const files = await scenarioFiles('anthropic/scenarios');
const controlled = await scenarioFiles('anthropic/controlled');

/** What these are about is in the oldest version as in the newest: between them they are left out. */
const ALIKE: ReadonlySet<string> = new Set(['messages-create', 'messages-stream']);

let server: ScenarioServer;

beforeAll(async () => {
  server = await startScenarioServer([...files, ...controlled], startAnthropicServer);
});

afterAll(() => server.close());

describe.each(ANTHROPIC_VERSIONS)('@anthropic-ai/sdk %s', (version) => {
  const isNewest = version === ANTHROPIC_VERSIONS.at(-1);
  const isOldest = version === ANTHROPIC_VERSIONS[0];
  let root: string;
  let folder: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'flow-anthropic-'));
    layOutAnthropic(version, root);
    folder = join(root, 'anthropic');
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const run = (of: readonly ScenarioFile[], name?: string, policy?: string): Promise<Observations> =>
    observe(server, {
      loading: 'both',
      folder,
      targets: of.map(({ target }) => target),
      ...(name !== undefined && withFlow(join(root, `${name}.jsonl`), policy, folder)),
    });

  const own = files
    .filter(({ file }) => isNewest || isOldest || !ALIKE.has(file))
    .map((file) => forVersion(version, file))
    .filter(({ scenarios }) => scenarios.length > 0);
  const cases = own.flatMap(({ file, scenarios }) =>
    COPIES.flatMap((copy) =>
      scenarios.map((scenario) => ({ ...scenario, copy, file, key: `${copy}/${file}/${scenario.name}` })),
    ),
  );

  describe('the caller and the server see what they see without', () => {
    let plain: Observations;
    let flow: Observations;
    let policed: Observations | undefined;

    beforeAll(async () => {
      [plain, flow, policed] = await Promise.all([
        run(own),
        run(own, 'flow'),
        isNewest ? run(own, 'policed', 'unchanged') : undefined,
      ]);
    }, 120_000);

    test('the calls of both copies were managed, and the process ends the same', () => {
      const lines = readFileSync(join(root, 'flow.jsonl'), 'utf8').trimEnd().split('\n');
      const starts = lines.map((line) => JSON.parse(line)).filter(isModelStart);
      expect(starts.length).toBeGreaterThan(isNewest || isOldest ? 100 : 40);
      expect([flow.exit, flow.stderr]).toEqual([plain.exit, plain.stderr]);
      const last = policed ?? plain;
      expect([last.exit, last.stderr]).toEqual([plain.exit, plain.stderr]);
      expect(plain.exit).toEqual({ code: 0, signal: null });
    });

    test.each(cases)('with Flow: $copy: $file: $sentence', ({ key, unordered }) => {
      expect(plain.scenarios.get(key)?.seen).toMatchObject({ returned: expect.anything() });
      const expected = comparable(plain.scenarios.get(key), { unordered });
      expect(comparable(flow.scenarios.get(key), { unordered })).toEqual(expected);
    });

    test.each(cases.filter(({ ownResponse }) => isNewest && !ownResponse))(
      'under a policy that changes nothing: $copy: $file: $sentence',
      ({ key, unordered }) => {
        const expected = comparable(plain.scenarios.get(key), { unordered, rebuilt: true });
        expect(comparable(policed?.scenarios.get(key), { unordered, rebuilt: true })).toEqual(expected);
      },
    );
  });

  describe('under a policy that controls', () => {
    const [control] = controlled.map((file) => forVersion(version, file)) as [ScenarioFile];
    let observations: Observations;

    beforeAll(async () => {
      observations = await run([control], 'control', 'control');
    }, 60_000);

    const asked = COPIES.flatMap((copy) => control.scenarios.map((scenario) => ({ ...scenario, copy })));
    test.each(asked)('$copy: $sentence', ({ copy, name }) => {
      const seen = observations.scenarios.get(`${copy}/control/${name}`)?.seen;
      expect(seen).toMatchObject({ returned: expect.anything(), warnings: [], unhandledRejections: [] });
    });

    test('the process prints nothing and ends by itself', () => {
      expect([observations.exit, observations.stderr]).toEqual([{ code: 0, signal: null }, '']);
    });
  });
});

/** A file without the scenarios that are about something which came after the version, whether Flow is there or not. */
function forVersion(version: AnthropicVersion, file: ScenarioFile): ScenarioFile {
  const at = ANTHROPIC_VERSIONS.indexOf(version);
  const isThere = ({ since }: { readonly since: string | undefined }): boolean =>
    since === undefined || ANTHROPIC_VERSIONS.indexOf(since as AnthropicVersion) <= at;
  const left = file.scenarios.filter((scenario) => !isThere(scenario)).map(({ name }) => name);
  return { ...file, target: [file.target, ...left].join('!'), scenarios: file.scenarios.filter(isThere) };
}

function isModelStart(event: { readonly category?: string; readonly scope_category?: string }): boolean {
  return event.category === 'llm' && event.scope_category === 'start';
}
