// SPDX-License-Identifier: Apache-2.0
// The packages of the OpenTelemetry SDK as a few CommonJS files: a start reads one file instead of a hundred.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { lazyBuiltins } from './lazy-builtins.mjs';

/** Which packages are loaded together. What later chunks share with the first comes out of the first, so that there is one copy. */
const chunks = {
  start: {
    contextAsyncHooks: '@opentelemetry/context-async-hooks',
    core: '@opentelemetry/core',
    resources: '@opentelemetry/resources',
    sdkTrace: '@opentelemetry/sdk-trace',
  },
  metrics: { sdkMetrics: '@opentelemetry/sdk-metrics' },
  logs: { sdkLogs: '@opentelemetry/sdk-logs' },
  otlp: { otlpTransformer: '@opentelemetry/otlp-transformer' },
  b3: { propagatorB3: '@opentelemetry/propagator-b3' },
};

/** For `src/instrument/bundled.ts`: where each package is, seen from dist/esm and dist/cjs. */
export const bundled = Object.fromEntries(
  Object.entries(chunks).flatMap(([chunk, packages]) =>
    Object.entries(packages).map(([name, specifier]) => [specifier, [`../otel/${chunk}.cjs`, name]]),
  ),
);

/** Writes the chunks to `target`, and beside them whose work they are. */
export async function bundleOpenTelemetry(root, target) {
  const entry = /^\0entry:/;
  const graph = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.keys(chunks).map((name) => [name, `\0entry:${name}`])),
    platform: 'node',
    // One copy per process, the application's: it holds the globals.
    external: ['@opentelemetry/api'],
    tsconfig: false,
    transform: { target: 'node22.15' },
    plugins: [
      lazyBuiltins,
      {
        name: 'entries',
        resolveId: (id) => (entry.test(id) ? id : undefined),
        load: (id) =>
          entry.test(id)
            ? Object.entries(chunks[id.replace(entry, '')])
                .map(([name, specifier]) => `export * as ${name} from '${specifier}';`)
                .join('\n')
            : undefined,
      },
    ],
  });
  const { output } = await graph.write({
    dir: target,
    format: 'cjs',
    exports: 'named',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    sourcemap: false,
    comments: false,
    codeSplitting: {
      groups: [
        {
          name: 'start',
          test: /\0entry:start|@opentelemetry[\\/](?:context-async-hooks|core|resources|sdk-trace|semantic-conventions)[\\/]/,
        },
      ],
    },
  });
  await graph.close();
  const files = output.flatMap(({ moduleIds = [] }) => moduleIds).filter((id) => id.includes('node_modules'));
  writeFileSync(join(target, 'THIRD-PARTY-NOTICES'), notices(files));
}

function notices(files) {
  const folders = new Set(files.map((file) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)[0]));
  const about = [...folders].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const texts = globSync('{LICENSE,LICENCE,NOTICE}*', { cwd: folder }).toSorted();
    if (!texts.includes('LICENSE')) throw new Error(`${name} has no LICENSE, which its copy in dist has to carry`);
    return {
      title: `${name} ${version} (${license})`,
      texts: texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()),
    };
  });
  // Most of them share one text.
  const titles = new Map();
  for (const { title, texts } of about)
    for (const text of texts) titles.set(text, [...(titles.get(text) ?? []), title]);
  const parts = [...titles].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return ['The files of this folder contain these packages.\n', ...parts].join(`\n${'-'.repeat(80)}\n\n`);
}
