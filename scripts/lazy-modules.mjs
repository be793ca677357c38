// SPDX-License-Identifier: Apache-2.0
// Our own modules that a start does not run, in chunks that their first call loads.
import { join, posix, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** By chunk. What they export must be functions, or plain values that are known when we build. */
const chunks = {
  ai: [
    'instrumentations/ai-sdk-provider-utils.ts',
    'instrumentations/ai.ts',
    'src/codecs/ai-sdk.ts',
    'src/codecs/ai-sdk-embeddings.ts',
    'src/codecs/ai-sdk-message.ts',
    'src/codecs/ai-sdk-response.ts',
    'src/instrument/ai-leaving.ts',
    'src/instrument/ai-model.ts',
    'src/instrument/ai-model-call.ts',
    'src/instrument/ai-named.ts',
    'src/instrument/ai-post.ts',
    'src/instrument/ai-run.ts',
    'src/instrument/ai-shared-stream.ts',
    'src/instrument/ai-stream.ts',
    'src/instrument/ai-telemetry.ts',
    'src/instrument/ai-tools.ts',
  ],
  agents: [
    'instrumentations/openai-agents.ts',
    'src/instrument/agent-guardrail.ts',
    'src/instrument/agent-patches.ts',
    'src/instrument/agent-run.ts',
    'src/instrument/agent-tools.ts',
    'src/instrument/replace-functions.ts',
  ],
  anthropic: [
    'instrumentations/anthropic.ts',
    'src/instrument/own-tracing.ts',
    'src/instrument/tool-runner.ts',
    'src/instrument/tool-runner-call.ts',
    'src/instrument/tool-runner-refusal.ts',
    'src/instrument/tool-runner-result.ts',
  ],
  codecs: [
    'src/codecs/annotation.ts',
    'src/codecs/call-arguments.ts',
    'src/codecs/chunk-summary.ts',
    'src/codecs/content-text.ts',
    'src/codecs/describe.ts',
    'src/codecs/index.ts',
    'src/codecs/media.ts',
  ],
  content: [
    'src/projections/gen-ai-content.ts',
    'src/projections/openinference.ts',
    'src/projections/openinference-content.ts',
  ],
  files: ['src/processors/atif.ts', 'src/processors/atof-file.ts'],
  langchain: [
    'instrumentations/langchain.ts',
    'instrumentations/langgraph.ts',
    'src/instrument/langchain-call.ts',
    'src/instrument/langchain-messages.ts',
    'src/instrument/langchain-model.ts',
    'src/instrument/langchain-rebuild.ts',
    'src/instrument/langchain-retry.ts',
    'src/instrument/langchain-stream.ts',
    'src/instrument/langchain-tokens.ts',
    'src/instrument/langchain-tool.ts',
    'src/instrument/langgraph-run.ts',
  ],
  genai: [
    'instrumentations/google-genai.ts',
    'src/instrument/genai-calls.ts',
    'src/instrument/genai-client.ts',
    'src/instrument/genai-leaving.ts',
    'src/instrument/genai-models.ts',
    'src/instrument/genai-tools.ts',
  ],
  mcp: [
    'instrumentations/mcp.ts',
    'src/instrument/mcp-client.ts',
    'src/instrument/mcp-describe.ts',
    'src/instrument/mcp-result.ts',
    'src/instrument/mcp-server.ts',
  ],
  openai: ['instrumentations/openai.ts'],
  otlp: ['src/sdk/exit-delivery.ts', 'src/sdk/otlp-encode.ts', 'src/sdk/otlp-sender.ts', 'src/sdk/otlp-target.ts'],
  setups: [
    'src/sdk/config-file-parts.ts',
    'src/sdk/config-file-signals.ts',
    'src/sdk/metric-export.ts',
    'src/sdk/prometheus.ts',
    'src/sdk/zipkin.ts',
  ],
};
/** Those that a model call runs. */
const callChunks = ['codecs', 'content'];
/** The module that loads them ahead. */
const ahead = 'src/instrument/chunks.ts';
const prefix = '\0first-call:';
const entry = '\0chunk:';
/** Holds the chunks that are loaded, for all importers: `scripts/build.mjs` puts it beside the runtime. */
export const holder = '\0chunks';

/** More entries for the CommonJS build. */
export const lazyEntries = Object.fromEntries(Object.keys(chunks).map((name) => [`${name}.chunk`, `${entry}${name}`]));

const chunkOf = new Map(Object.entries(chunks).flatMap(([name, files]) => files.map((file) => [file, name])));
/** Entries that hand the real thing to the application. */
const real = ['src/api/codecs.ts', 'src/sdk/index.ts'];

/** Puts a module with the same exports in the place of each, for importers in other folders; that one loads the chunk when it is called. */
export function lazyModules(root) {
  return {
    name: 'lazy-modules',
    resolveId(id, importer) {
      if (id.startsWith(entry) || id === holder) return id;
      if (id.endsWith('.chunk.js')) return { id, external: true };
      if (importer === undefined || !id.startsWith('.')) return undefined;
      const from = relative(root, importer).replaceAll(sep, '/');
      const file = posix.join(posix.dirname(from), id);
      const chunk = chunkOf.get(file);
      if (chunk === undefined || chunk === chunkOf.get(from) || real.includes(from)) return undefined;
      // Pure code calls its own folder directly. These two folders hold what a start runs beside what it does not.
      const isMixed = /^(?:src\/sdk|instrumentations)\//.test(file);
      return !isMixed && posix.dirname(file) === posix.dirname(from) ? undefined : `${prefix}${file}`;
    },
    load(id) {
      if (id === holder) return Object.keys(chunks).map(holding).join('\n');
      if (id === join(root, ahead)) return loadsAhead();
      if (id.startsWith(prefix)) return facade(root, id.slice(prefix.length));
      if (!id.startsWith(entry)) return undefined;
      const files = chunks[id.slice(entry.length)];
      return files.map((file) => `export * as ${nameOf(file)} from ${JSON.stringify(join(root, file))};`).join('\n');
    },
  };
}

const holding = (name) =>
  `let loaded_${name}; export const ${name} = () => (loaded_${name} ??= require('./${name}.chunk.js'));`;

const loadsAhead = () =>
  [
    `import * as chunks from ${JSON.stringify(holder)};`,
    `export function loadCallChunks() { ${callChunks.map((name) => `chunks.${name}();`).join(' ')} }`,
    `export function loadAllChunks() { for (const load of Object.values(chunks)) load(); }`,
  ].join('\n');

const isFunction = (value) => typeof value === 'function' && !/^class\b/.test(String(value));
const nameOf = (file) => posix.basename(file, '.ts').replaceAll('-', '_');

async function facade(root, file) {
  const module = `real().${nameOf(file)}`;
  const exported = await import(pathToFileURL(join(root, file)).href);
  return [
    `import { ${chunkOf.get(file)} as real } from ${JSON.stringify(holder)};`,
    ...Object.entries(exported).map(([name, value]) =>
      isFunction(value)
        ? `export function ${name}(...args) { return ${module}.${name}(...args); }`
        : `export const ${name} = ${literal(value, `${module}.${name}`)};`,
    ),
  ].join('\n');
}

/** Source of a value; functions in it are called where they really are. */
function literal(value, path) {
  if (isFunction(value)) return `(...args) => ${path}(...args)`;
  if (value === undefined || value instanceof RegExp) return String(value);
  if (['string', 'number', 'boolean'].includes(typeof value) || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((each, index) => literal(each, `${path}[${index}]`)).join(', ')}]`;
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error(`${path} cannot be written down`);
  const entries = Object.entries(value).map(([key, each]) => [
    JSON.stringify(key),
    literal(each, `${path}[${JSON.stringify(key)}]`),
  ]);
  return `{ ${entries.map((pair) => pair.join(': ')).join(', ')} }`;
}
