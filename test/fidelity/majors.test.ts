// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { VERSIONS } from '../support/application-versions.ts';
import { forMajor } from './absent.ts';
import { layOut } from './applications.ts';
import { comparable, observe } from './observations.ts';
import type { Observations } from './observations.ts';
import { scenarioFiles } from './scenario-files.ts';
import { startScenarioServer } from './scenario-server.ts';
import type { ScenarioServer } from './scenario-server.ts';
import { warningsOf, withFlow } from './with-flow.ts';

// The same scenarios as for the newest major, each with the copy of ES modules and the one of CommonJS in one process.
const LOADING = 'both';
const COPIES = ['import', 'require'] as const;

/** These wait most of their time, or are about what lies outside of the SDK; version 7 has them all. */
const left: ReadonlySet<string> = new Set(['cancel', 'context', 'retries']);
const files = (await scenarioFiles('scenarios')).filter(({ file, isolated }) => !isolated && !left.has(file));
const controlled = await scenarioFiles('controlled');

let server: ScenarioServer;

beforeAll(async () => {
  server = await startScenarioServer([...files, ...controlled]);
});

afterAll(() => server.close());

describe.each([4, 5, 6] as const)('openai %i', (major) => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), `flow-openai-${major}-`));
    layOut(major, folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('with Flow the caller and the server see what they see without', () => {
    const own = files.map((file) => forMajor(major, file)).filter(({ scenarios }) => scenarios.length > 0);
    let plain: Observations;
    let flow: Observations;

    beforeAll(async () => {
      const options = { loading: LOADING, folder, targets: own.map(({ target }) => target) } as const;
      [plain, flow] = await Promise.all([
        observe(server, options),
        observe(server, { ...options, ...withFlow(join(folder, 'events.jsonl')) }),
      ]);
    }, 120_000);

    test('the calls of both copies were managed', () => {
      const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
      const starts = lines.map((line) => JSON.parse(line)).filter(isModelStart);
      expect(starts.length).toBeGreaterThan(400);
    });

    test('the process prints and ends the same', () => {
      expect([flow.exit, flow.stderr]).toEqual([plain.exit, plain.stderr]);
      expect(plain.exit).toEqual({ code: 0, signal: null });
    });

    const cases = own.flatMap(({ file, scenarios }) =>
      COPIES.flatMap((copy) => scenarios.map((scenario) => ({ ...scenario, copy, file }))),
    );
    test.for(cases)('$copy: $file: $sentence', ({ copy, file, name, unordered }, { skip }) => {
      const key = `${copy}/${file}/${name}`;
      const isThere = Object.hasOwn(plain.scenarios.get(key)?.seen as object, 'returned');
      skip(VERSIONS !== undefined && !isThere, 'what it is about came later in this major');
      expect(plain.scenarios.get(key)?.seen).toMatchObject({ returned: expect.anything() });
      const expected = comparable(plain.scenarios.get(key), { unordered });
      expect(comparable(flow.scenarios.get(key), { unordered })).toEqual(expected);
    });
  });

  const policies = controlled.map((file) => ({ ...forMajor(major, file), major }));
  describe.each(policies)('under the policy of $file', ({ file, target, scenarios }) => {
    let observations: Observations;

    beforeAll(async () => {
      const options = withFlow(join(folder, `${file}.jsonl`), file, folder);
      observations = await observe(server, { loading: LOADING, folder, targets: [target], ...options });
    }, 60_000);

    const cases = COPIES.flatMap((copy) => scenarios.map((scenario) => ({ ...scenario, copy })));
    test.each(cases)('$copy: $sentence', ({ copy, name, unhandled }) => {
      const seen = observations.scenarios.get(`${copy}/${file}/${name}`)?.seen;
      expect(seen).toMatchObject({ returned: expect.anything(), warnings: [] });
      expect((seen as { readonly unhandledRejections: unknown }).unhandledRejections).toHaveLength(unhandled);
    });

    test('the process prints nothing but what of policy failed, and ends by itself', () => {
      expect([observations.exit, observations.stderr]).toEqual([{ code: 0, signal: null }, warningsOf(file)]);
    });
  });
});

function isModelStart(event: { readonly category?: string; readonly scope_category?: string }): boolean {
  return event.category === 'llm' && event.scope_category === 'start';
}
