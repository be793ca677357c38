// SPDX-License-Identifier: Apache-2.0
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/dist.ts'],
    pool: 'forks',
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
    },
  },
});

export default config;
