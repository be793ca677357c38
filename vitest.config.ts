// SPDX-License-Identifier: Apache-2.0
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';
import { SETUPS } from './test/support/setups/names.ts';

// Scopes and middleware must work the same with and without spans: their tests run once in each set-up. Globals are per
// process, so each set-up has processes of its own; its test files share them, which takes a third of the time. What lies in
// a folder `processes` sets up globals or starts programs itself, so it runs once, in a process per file like all others.
const IN_SETUPS = ['test/{scope,pipeline}/*.test.ts', 'test/{scope,pipeline}/!(processes)/**/*.test.ts'];
const IN_PROCESSES = 'test/sdk/environment/*.test.ts';
// What these test is pure, without globals and without OpenTelemetry, so its files share their processes too.
const PURE = 'test/{atof,codecs,atif}/*.test.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/support/dist.ts'],
    pool: 'forks',
    // By default one core is left idle, which on the two of a CI machine takes twice the time.
    maxWorkers: '100%',
    // Tests that watch objects being collected call `globalThis.gc`.
    execArgv: ['--expose-gc'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The built package is what users load: the test runner must not transform it.
    server: { deps: { external: [/\/dist\/(?:esm|cjs)\//] } },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'instrumentations/**/*.ts', 'semconv/**/*.ts'],
      reporter: ['text-summary', 'html'],
      // Of each folder in which the contract is kept, so that none can hide behind another.
      thresholds: Object.fromEntries(
        ['pipeline', 'scope', 'atof', 'codecs', 'runtime', 'projections'].map((folder) => [
          `src/${folder}/**/*.ts`,
          { lines: 95, branches: 95 },
        ]),
      ),
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'once',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...IN_SETUPS, IN_PROCESSES, PURE],
        },
      },
      { extends: true, test: { name: 'pure', include: [PURE], isolate: false } },
      // A file for each variable of the environment: what is tested runs in processes that these start, so they share theirs.
      { extends: true, test: { name: 'environment', include: [IN_PROCESSES], isolate: false } },
      ...SETUPS.map((setup) => ({
        extends: true as const,
        test: {
          name: setup,
          include: IN_SETUPS,
          isolate: false,
          setupFiles: ['test/support/setups/start.ts'],
          provide: { setup },
        },
      })),
    ],
  },
});

export default config;
