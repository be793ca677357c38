// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../support/run.ts';

const API = 'node_modules/@opentelemetry/api';
// What a start runs: other versions of Node run no TypeScript.
const CHUNK = join(ROOT, 'dist/cjs/api-files.chunk.js');
const NODES = [
  ['the pinned Node', process.execPath],
  ...['22', '26'].map((major) => [
    `Node ${major}`,
    join(ROOT, `test/apps/packaging/node_modules/node-${major}-linux-x64/bin/node`),
  ]),
].filter(([, binary]) => existsSync(binary as string)) as [name: string, binary: string][];

/** Everything that the process has of the API, its own record of each file included. */
const CACHE = `(own('@opentelemetry/api'), Object.values(own.cache)
  .filter(({ id }) => id.includes('opentelemetry'))
  .map((module) => ({
    ...module,
    exports: Object.keys(module.exports),
    children: module.children.map(({ id }) => id),
    isModule: module instanceof nodeModule.Module,
  })))`;

describe('the files of the API, loaded without asking Node where they are', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flow-api-files-')));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** An application whose API is a copy that may be changed. */
  function application(name: string, change: (api: string) => void = () => undefined, api: string = API): string {
    const app = join(folder, name);
    cpSync(join(ROOT, api), join(app, API), { recursive: true });
    change(join(app, API));
    return app;
  }

  /** What the expression gives in a process that has loaded the files, or has done something else first. */
  function run(app: string, expression: string, { first = 'load(from)', binary = process.execPath } = {}): unknown {
    const code = `
      const nodeModule = require('node:module');
      const own = nodeModule.createRequire(process.cwd() + '/app.cjs');
      const { loadApiFiles: load } = own(${JSON.stringify(CHUNK)});
      const from = ${JSON.stringify(pathToFileURL(join(app, 'app.cjs')).href)};
      const loadedFiles = () => Object.keys(own.cache).filter((file) => file.includes('opentelemetry')).length;
      ${first};
      const added = loadedFiles();
      (async () => ${expression})().then((value) => process.stdout.write(JSON.stringify(value)));`;
    return JSON.parse(execFileSync(binary, ['--eval', code], { cwd: app, encoding: 'utf8' }));
  }

  test.each(NODES)('are in the cache of %s as require leaves them', (name, binary) => {
    const app = application(name);
    const required = run(app, CACHE, { binary, first: '' }) as unknown[];
    expect(required.length).toBeGreaterThan(45);
    expect(run(app, 'added', { binary })).toBe(required.length);
    expect(run(app, CACHE, { binary })).toEqual(required);
  });

  test('are the same to whoever requires or imports them, by whatever path', () => {
    const app = application('same');
    const same = `(async () => {
      const api = own('@opentelemetry/api');
      const file = own.resolve('@opentelemetry/api');
      own('@opentelemetry/api/experimental');
      const imported = await import(file);
      const { ROOT_CONTEXT } = own('./${API}/dist/context/context.cjs');
      const isSame = [own(file) === api, imported.default === api, imported.trace === api.trace, ROOT_CONTEXT === api.ROOT_CONTEXT];
      return [...isSame, loadedFiles() - added];
    })()`;
    expect(run(app, same)).toEqual([true, true, true, true, 2]);
  });

  test('share the globals with the ES modules of the API', () => {
    const both = `import('@opentelemetry/api').then(({ trace }) => {
      const provider = { getTracer: () => undefined };
      own('@opentelemetry/api').trace.setGlobalTracerProvider(provider);
      return trace.getTracerProvider().getDelegate() === provider;
    })`;
    expect(run(application('both'), both)).toBe(true);
  });

  test('are those of whatever version is installed, also one that somebody has changed', () => {
    const app = application('newer', (api) => {
      const version = join(api, 'dist/version.cjs');
      writeFileSync(version, `${readFileSync(version, 'utf8').replace('1.10.0', '1.99.0')}\nexports.changed = true;`);
      writeFileSync(join(api, 'dist/added.cjs'), 'exports.added = 1;');
      const main = join(api, 'dist/index.cjs');
      writeFileSync(main, `${readFileSync(main, 'utf8')}\nexports.added = require('./trace/../added.cjs').added;`);
    });
    expect(run(app, `[added > 45, own('@opentelemetry/api').added, own('./${API}/dist/version.cjs')]`)).toEqual([
      true,
      1,
      { VERSION: '1.99.0', changed: true },
    ]);
  });

  test('name themselves in stacks', () => {
    const app = application('stack', (api) =>
      writeFileSync(join(api, 'dist/index.cjs'), `\n  exports.stack = new Error('x').stack;`),
    );
    expect(run(app, `own('@opentelemetry/api').stack.split('\\n')[1]`)).toContain(`${API}/dist/index.cjs:2:19`);
  });

  test('are found under their real names where the package is linked', () => {
    const app = application('linked', (api) => {
      mkdirSync(join(folder, 'store'));
      renameSync(api, join(folder, 'store/opentelemetry-api'));
      symlinkSync(join(folder, 'store/opentelemetry-api'), api);
    });
    expect(run(app, 'added')).toBeGreaterThan(45);
    expect(run(app, CACHE)).toEqual(run(app, CACHE, { first: '' }));
  });

  test.each<[what: string, change: (api: string) => void]>([
    [
      'one of them is a link',
      (api) => {
        renameSync(join(api, 'dist/version.cjs'), join(api, 'real.cjs'));
        symlinkSync(join(api, 'real.cjs'), join(api, 'dist/version.cjs'));
      },
    ],
    [
      'one needs a package',
      (api) => writeFileSync(join(api, 'dist/version.cjs'), `exports.VERSION = require('os').EOL;`),
    ],
    [
      'one needs a file without naming its kind',
      (api) => writeFileSync(join(api, 'dist/index.cjs'), `require('./context-api');`),
    ],
    [
      'the package is of a time before it had such files',
      (api) => {
        rmSync(api, { recursive: true });
        cpSync(join(ROOT, 'node_modules/otel-api-1.9'), api, { recursive: true });
      },
    ],
  ])('are left to require where %s', (what, change) => {
    const app = application(what.replaceAll(' ', '-'), change);
    expect(run(app, 'added')).toBe(0);
    const outcome = `(() => { try { return ${CACHE}; } catch (error) { return error.message; } })()`;
    expect(run(app, outcome)).toEqual(run(app, outcome, { first: '' }));
  });

  test('leave nothing behind where one of them throws, which require says as ever', () => {
    const app = application('broken', (api) =>
      writeFileSync(join(api, 'dist/trace-api.cjs'), `throw new Error('broken');`),
    );
    const outcome = `(() => { try { own('@opentelemetry/api'); } catch (error) { return error.message; } })()`;
    expect(run(app, `[added, ${outcome}, ${outcome}]`)).toEqual([0, 'broken', 'broken']);
  });

  test.each([
    ['nobody has installed them', `load('file:///nowhere/app.cjs')`, 0],
    ['somebody loads such files in his own way', `own.extensions['.cjs'] = own.extensions['.js']; load(from)`, 0],
    ['somebody has loaded them', `own('@opentelemetry/api'); load(from)`, 51],
  ])('are left alone where %s', (_, first, count) => {
    const app = application(`alone-${count}-${first.length}`);
    expect(run(app, 'added', { first })).toBe(count);
  });

  test('keep a resolution that somebody else made', () => {
    const app = application('mocked', (api) => writeFileSync(join(api, '../../../mock.cjs'), `exports.mocked = true;`));
    const first = `nodeModule.registerHooks({
      resolve: (specifier, context, next) => specifier === '@opentelemetry/api'
        ? { url: from.replace('app.cjs', 'mock.cjs'), format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
    }); load(from)`;
    expect(run(app, `[added, own('@opentelemetry/api').mocked]`, { first })).toEqual([0, true]);
  });
});
