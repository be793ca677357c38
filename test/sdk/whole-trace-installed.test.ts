// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

const app = realpathSync(mkdtempSync(join(tmpdir(), 'flow-installed-')));
afterAll(() => rmSync(app, { recursive: true }));

function write(path: string, content: string | object): void {
  const file = join(app, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

function install(name: string, source: string, folder = ''): void {
  write(`${folder}node_modules/${name}/package.json`, { name, version: '1.0.0' });
  write(`${folder}node_modules/${name}/index.js`, source);
}

/** As much of an InstrumentationBase as is asked for, with a word when it is constructed and when it is enabled. */
const instrumentation = (name: string, target: string): string => `
  exports.FakeInstrumentation = class {
    _modules = [{ name: '${target}' }];
    #config;
    constructor(config = {}) {
      this.#config = config;
      console.log('made ${name}');
      if (config.enabled !== false) this.enable();
    }
    getConfig() { return this.#config; }
    setConfig(config) { this.#config = config; }
    setTracerProvider() {}
    setMeterProvider() {}
    enable() { console.log('enabled ${name}'); }
    disable() { console.log('disabled ${name}'); }
  };`;

const OTEL = '@opentelemetry/instrumentation-';
const BUNDLE = '@opentelemetry/auto-instrumentations-node';

write('package.json', {
  dependencies: {
    [`${OTEL}koa`]: '1',
    [`${OTEL}hapi`]: '1',
    [`${OTEL}house`]: '1',
    [`${OTEL}openai`]: '1',
    '@arizeai/openinference-instrumentation-openai': '1',
    [BUNDLE]: '1',
  },
});
install(`${OTEL}koa`, `throw new Error('not for this version of Node\\nwith more to say')`);
install(`${OTEL}house`, instrumentation('house', 'house'));
install(`${OTEL}openai`, instrumentation('openai', 'openai'));
install(BUNDLE, '');
write(`node_modules/${BUNDLE}/package.json`, { dependencies: { [`${OTEL}express`]: '1', [`${OTEL}fs`]: '1' } });
install(`${OTEL}express`, instrumentation('express', 'express'), `node_modules/${BUNDLE}/`);
install(`${OTEL}fs`, instrumentation('fs', 'fs'), `node_modules/${BUNDLE}/`);
for (const name of ['express', 'koa', '@hapi/hapi']) install(name, `console.log('${name} loads')`);
write(
  'lib/app.mjs',
  `import { existsSync } from 'node:fs';
   console.log('application runs', existsSync('/'));
   await import('express');
   await import('koa');
   await import('@hapi/hapi');`,
);

async function run(
  env: Record<string, string> = {},
  entry = 'register',
): Promise<{ said: string[]; warned: string[] }> {
  const { code, stdout, stderr } = await runApp({
    args: ['--import', join(ROOT, `dist/esm/${entry}.js`)],
    file: join(app, 'lib/app.mjs'),
    cwd: tmpdir(),
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...env },
  });
  expect(code).toBe(0);
  return { said: stdout.trim().split('\n'), warned: stderr.trim().split('\n') };
}

it('what the application has installed starts before its target loads, and what cannot start costs one line', async () => {
  const { said, warned } = await run();
  expect(said).toEqual([
    'made house',
    'enabled house',
    'application runs true',
    'made express',
    'enabled express',
    'express loads',
    'koa loads',
    '@hapi/hapi loads',
  ]);
  expect(warned).toEqual([
    `flow: ${OTEL}koa could not be started: not for this version of Node (the application runs without its spans)`,
    expect.stringMatching(`flow: ${OTEL}hapi could not be started: Cannot find module`),
  ]);
});

it('what others bring for an SDK that Flow patches is named and never started', async () => {
  const { said, warned } = await run({ FLOW_LOG: 'info', OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'koa,hapi' });
  expect(said.join()).not.toContain('openai');
  expect(warned.filter((line) => line.includes('not started'))).toEqual(
    [`${OTEL}openai`, '@arizeai/openinference-instrumentation-openai'].map(
      (name) => `flow: ${name} is installed and not started: Flow makes the spans of those calls`,
    ),
  );
  expect(warned.find((line) => line.includes('spans to'))).toContain('instrumentations http, undici, house, express,');
});

it('what is only started on demand starts when it is named', async () => {
  const { said } = await run({ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fs' });
  expect(said).toEqual([
    'made fs',
    'enabled fs',
    'application runs true',
    'express loads',
    'koa loads',
    '@hapi/hapi loads',
  ]);
});

it('nothing starts beside an SDK of the application', async () => {
  const { said, warned } = await run({}, 'hooks');
  expect(said).toEqual(['application runs true', 'express loads', 'koa loads', '@hapi/hapi loads']);
  expect(warned).toEqual(['']);
});
