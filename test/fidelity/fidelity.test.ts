// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { comparable, observe } from './observations.ts';
import type { Observations } from './observations.ts';
import { runApplication } from './process.ts';
import type { Loading, ProcessOptions, ProcessResult } from './process.ts';
import { scenarioFiles } from './scenario-files.ts';
import type { Scenario, ScenarioFile } from './scenario-files.ts';
import { startScenarioServer } from './scenario-server.ts';
import type { ScenarioServer, SentRequest } from './scenario-server.ts';
import { withFlow } from './with-flow.ts';

const files: readonly ScenarioFile[] = await scenarioFiles('scenarios');
const shared = files.filter((file) => !file.isolated);
const isolated = files.filter((file) => file.isolated);

/** The package as each way of loading gives it: `both` runs every scenario with either copy. */
const copies: Record<Loading, readonly string[]> = {
  import: ['import'],
  require: ['require'],
  both: ['import', 'require'],
};

/** Two copies in one process are no different for scenarios that mostly wait. */
const waiting: ReadonlySet<string> = new Set(['cancel', 'retries']);

function filesFor(loading: Loading): readonly ScenarioFile[] {
  return loading === 'both' ? shared.filter(({ file }) => !waiting.has(file)) : shared;
}

let server: ScenarioServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flow-fidelity-'));
  server = await startScenarioServer(files);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(['import', 'require', 'both'] as const)('loaded by %s', (loading) => {
  let plain: Observations;
  let running: Promise<Observations>;

  beforeAll(async () => {
    const targets = filesFor(loading).map(({ target }) => target);
    running = awaitedLater(async () => observe(server, { loading, targets, ...withFlow(atofFile(loading)) }));
    plain = await observe(server, { loading, targets });
  }, 120_000);

  describe('without Flow every scenario does what its name says', () => {
    test.each(casesOf(loading))('$copy: $file: $sentence', ({ key }) => {
      expect(plain.scenarios.get(key)?.seen).toMatchObject({ returned: expect.anything() });
    });
  });

  describe('with Flow the caller and the server see the same', () => {
    let flow: Observations;

    beforeAll(async () => {
      flow = await running;
    }, 120_000);

    test('Flow was in force and managed the calls', () => {
      const lines = readFileSync(atofFile(loading), 'utf8').trimEnd().split('\n');
      const starts = lines.map((line) => JSON.parse(line)).filter(isModelStart);
      expect(starts.length).toBeGreaterThan(200 * copies[loading].length);
    });

    test('the process prints and ends the same', () => {
      expect([flow.exit, flow.stderr]).toEqual([plain.exit, plain.stderr]);
      expect(plain.exit).toEqual({ code: 0, signal: null });
    });

    test.each(casesOf(loading))('$copy: $file: $sentence', ({ key, unordered }) => {
      const expected = comparable(plain.scenarios.get(key), { unordered });
      expect(comparable(flow.scenarios.get(key), { unordered })).toEqual(expected);
    });
  });
});

describe.each(['import', 'require'] as const)(
  'loaded by %s, in a process of its own, with Flow as without',
  (loading) => {
    const cases = isolated.flatMap(({ file, target, scenarios }) =>
      scenarios.map((scenario) => ({ ...scenario, file, target })),
    );

    test.each(cases)('$sentence', async ({ name, file, target, ends }) => {
      const { code = null, signal = null, lines, stderr = /^$/ } = ends ?? {};
      const options = { loading, targets: [`${target}#${name}`] };
      const key = `${loading}/${file}/${name}`;
      const running = awaitedLater(async () =>
        runAlone(key, { ...options, ...withFlow(atofFile(`${loading}-${name}`)) }),
      );
      const plain = await runAlone(key, options);
      expect(plain).toMatchObject({ exit: { code, signal }, ...(lines && { lines }) });
      expect(plain.stderr).toMatch(stderr);
      expect(plain.sent.length).toBeGreaterThan(0);
      expect(await running).toEqual(plain);
    });
  },
);

/** Starts work beside something else; a failure is not unhandled until it is awaited. */
function awaitedLater<T>(work: () => Promise<T>): Promise<T> {
  const running = work();
  running.catch(() => undefined);
  return running;
}

interface ScenarioCase extends Scenario {
  readonly copy: string;
  readonly file: string;
  readonly key: string;
}

function casesOf(loading: Loading): readonly ScenarioCase[] {
  return copies[loading].flatMap((copy) =>
    filesFor(loading).flatMap(({ file, scenarios }) =>
      scenarios.map((scenario) => ({ ...scenario, copy, file, key: `${copy}/${file}/${scenario.name}` })),
    ),
  );
}

async function runAlone(
  key: string,
  options: ProcessOptions,
): Promise<ProcessResult & { readonly sent: readonly SentRequest[] }> {
  const { run, ...result } = await runApplication(server, options);
  return { ...result, sent: await server.sent(run, key) };
}

function isModelStart(event: { readonly category?: string; readonly scope_category?: string }): boolean {
  return event.category === 'llm' && event.scope_category === 'start';
}

function atofFile(name: string): string {
  return join(folder, `${name}.jsonl`);
}
