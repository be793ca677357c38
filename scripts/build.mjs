// SPDX-License-Identifier: Apache-2.0
// Builds dist/: `node scripts/build.mjs` always, with `--if-stale` only when a source changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { rolldown } from 'rolldown';
import { bundled, bundleOpenTelemetry } from './bundle-opentelemetry.mjs';
import { isLazy, lazyBuiltins } from './lazy-builtins.mjs';
import { holder, lazyEntries, lazyModules } from './lazy-modules.mjs';
import { holdLock } from './lock.mjs';
import { sideEffectEntry } from './side-effect-entry.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const stamp = join(dist, '.sources');

/** What is built under which name; package.json#exports says which of them are public. */
const entries = {
  register: 'register.ts',
  hooks: 'hooks.ts',
  api: 'src/api/index.ts',
  sdk: 'src/sdk/index.ts',
  semconv: 'semconv/index.ts',
};

/**
 * Entries for their side effect. Their ES module loads the CommonJS build, so that one start loads one copy of everything: OpenTelemetry's API
 * has two, and what a start loads synchronously is CommonJS.
 */
const sideEffects = ['register', 'hooks'];
/** What their CommonJS build loads and does before anything else. */
const apiFiles = { 'api-files.chunk': 'src/instrument/api-files.ts' };
const first = `require('./api-files.chunk.js').loadApiFiles();`;

/**
 * What a start loads by a name that it computes. Tools that gather the files of a deployment (Next.js, Vercel) follow only names that are written out, in code that
 * need not run.
 */
const gathered = [
  ...new Set(Object.values(bundled).map(([chunk]) => chunk)),
  '@opentelemetry/instrumentation',
  '@opentelemetry/instrumentation/hook.mjs',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
  ...['create-hook.mjs', 'register-hooks.mjs', 'supports-sync-hooks.mjs'].map((file) => `import-in-the-middle/${file}`),
  'require-in-the-middle',
];
const names = `function gathered() { ${gathered.map((name) => `require('${name}');`).join(' ')} }`;

const isPackage = /^(?!@oxc-project\/runtime|[a-z]:[\\/])[@a-z]/i;

const started = performance.now();
mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
const release = await holdLock(join(root, 'node_modules/.cache/flow-build.lock'));
try {
  const sources = sourcesHash();
  if (process.argv.includes('--if-stale') && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) {
    process.exitCode = 0;
  } else {
    await build(sources);
  }
} finally {
  release();
}

async function build(sources) {
  const present = Object.entries(entries).filter(([name, file]) => {
    const found = existsSync(join(root, file));
    if (!found) console.log(`build: no ${file}, so no ${name}`);
    return found;
  });
  // Built beside dist and swapped in at the end, so that a failed build leaves the last good one, and a test that starts
  // a process meanwhile finds one or the other.
  const next = join(root, `node_modules/.cache/flow-dist-${process.pid}`);
  const previous = `${next}-previous`;
  try {
    if (present.length > 0) {
      await bundle(Object.fromEntries(present), next);
      await bundleOpenTelemetry(root, join(next, 'otel'));
      declarations(present, next);
    }
    mkdirSync(next, { recursive: true });
    writeFileSync(join(next, '.sources'), sources);
    if (existsSync(dist)) renameSync(dist, previous);
    renameSync(next, dist);
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(previous, { recursive: true, force: true });
  }
  console.log(`build: ${present.map(([name]) => name).join(', ')} in ${Math.round(performance.now() - started)} ms`);
}

async function bundle(input, target) {
  const exporting = Object.fromEntries(Object.entries(input).filter(([name]) => !sideEffects.includes(name)));
  await bundleFormat(exporting, join(target, 'esm'), { format: 'esm', type: 'module' });
  await bundleFormat({ ...input, ...lazyEntries, ...apiFiles }, join(target, 'cjs'), {
    format: 'cjs',
    type: 'commonjs',
  });
  for (const name of sideEffects.filter((each) => each in input)) {
    writeFileSync(join(target, `esm/${name}.js`), sideEffectEntry(name));
  }
}

async function bundleFormat(input, dir, { format, type }) {
  const graph = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: (id) => isPackage.test(id) && !(format === 'cjs' && isLazy(id)),
    // The paths of tsconfig.json serve the type checker; here the package's own name is an import like any other.
    tsconfig: false,
    // Otherwise package.json#sideEffects, which speaks about dist, would drop sources imported for what they do.
    treeshake: { moduleSideEffects: () => true },
    transform: { target: 'node22.15' },
    // Lazy modules are looked at by running them.
    checks: { bundlerTimings: false },
    plugins: [
      ...(format === 'cjs' ? [lazyBuiltins, lazyModules(root)] : []),
      {
        name: 'bundled',
        load: (id) =>
          id === join(root, 'src/instrument/bundled.ts')
            ? `export const bundled = ${JSON.stringify(bundled)};`
            : undefined,
      },
    ],
  });
  await graph.write({
    dir,
    format,
    exports: 'named',
    entryFileNames: '[name].js',
    // Beside the entries, not below them: a path relative to import.meta.url means the same in every chunk.
    chunkFileNames: '[name].chunk.js',
    banner: ({ name }) => (format === 'cjs' && sideEffects.includes(name) ? first : ''),
    // A start by the flag or an import is of the CommonJS build; bundlers of the other one would follow them, too.
    footer: ({ name }) => (format === 'cjs' && name === 'start' ? names : ''),
    // Comments are a third of the text, which a start reads; the sources have them.
    comments: false,
    minify: false,
    sourcemap: false,
    // With what they import: each file more is as slow as a few hundred lines.
    codeSplitting: {
      groups: [
        // An entry of its own as well, and that loads no package.
        { name: 'semconv', priority: 2, test: /[\\/]semconv[\\/]/ },
        {
          name: 'runtime',
          priority: 1,
          test: (id) => id === holder || /[\\/]src[\\/](?:scope|runtime|api[\\/](?!codecs|index))/.test(id),
        },
        { name: 'start', test: /[\\/]src[\\/]sdk[\\/]start\.ts$/ },
      ],
    },
  });
  await graph.close();
  writeFileSync(join(dir, 'package.json'), `${JSON.stringify({ type })}\n`);
}

/** One .d.ts per source under types/, and per entry one that points there; the same for both module systems. */
function declarations(present, target) {
  const types = join(target, 'esm/types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', 'scripts/tsconfig.types.json', '--outDir', types], { cwd: root });
  // Type errors are the business of `npm run types`; the build needs the declarations only.
  const missing = present.find(([, file]) => !existsSync(join(types, file.replace(/\.ts$/, '.d.ts'))));
  if (missing) throw new Error(`no declarations for ${missing[1]}:\n${run.stdout}${run.stderr}`);
  // The compiler leaves `./x.ts` in declarations as it stands; consumers have no .ts file.
  const relativeSource = /((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;
  for (const file of globSync('**/*.d.ts', { cwd: types })) {
    const path = join(types, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(relativeSource, '$1$2$3.js$2'));
  }
  for (const [name, file] of present) {
    const emitted = posix.join('types', file.replace(/\.ts$/, '.js'));
    writeFileSync(join(target, 'esm', `${name}.d.ts`), `export * from './${emitted}';\n`);
  }
  cpSync(types, join(target, 'cjs/types'), { recursive: true });
  for (const [name] of present) cpSync(join(target, `esm/${name}.d.ts`), join(target, `cjs/${name}.d.ts`));
}

function sourcesHash() {
  const files = globSync(
    [
      '{src,instrumentations,semconv}/**/*.*',
      '{register,hooks}.ts',
      'package.json',
      'tsconfig.json',
      'scripts/{build.mjs,bundle-opentelemetry.mjs,lazy-builtins.mjs,lazy-modules.mjs,side-effect-entry.mjs,tsconfig.types.json}',
    ],
    { cwd: root },
  );
  const hash = createHash('sha256');
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}
