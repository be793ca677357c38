// SPDX-License-Identifier: Apache-2.0
import nodeModule, { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { metrics, trace } from '@opentelemetry/api';
import type { LoadedPackage } from './definition.ts';
import { HERE } from './load.ts';
import {
  createInstrumentation,
  isLoadingInstrumentation,
  type OtelInstrumentation,
  type OtelPackage,
  patchModule,
  sharesImportHook,
} from './otel-class.ts';
import type { Target } from './otel-targets.ts';

/** One that starts when it is needed. */
export interface LazyInstrumentation extends OtelPackage {
  readonly name: string;
  /** Undefined where nobody knows: it starts with Flow. */
  readonly target: Target | undefined;
  readonly config?: object;
  /** Calls when it is needed, where that is not the loading of a module. Gives what is to be done with the started one, once. */
  readonly watch?: (start: () => OtelInstrumentation | undefined) => void;
}

/** The instrumentations of OpenTelemetry that Flow starts. */
export interface LazyInstrumentations {
  /** The packages that are patched. What is built into Node is not among them. */
  readonly modules: readonly string[];
  /** Called with each of them as it was loaded. Gives what the application gets. */
  loaded(format: LoadedPackage['format'], exports: unknown, name: string, baseDir: string | undefined): unknown;
  /** From here on they start. The providers are registered. */
  begin(): void;
}

interface Entry extends LazyInstrumentation {
  state: 'waiting' | 'started' | 'left';
  started?: OtelInstrumentation;
  /** Whether {@link patchModule} has to tell it of ES modules. */
  needsTelling?: boolean;
}

type Log = (level: 'warn' | 'info' | 'debug', message: string) => void;

const require: NodeJS.Require = createRequire(HERE);
/** Where our own files are: what they load is not the application's. */
const OWN = new URL('../', HERE).href;

/** Does nothing before `begin`. One that cannot be started costs a line; the application goes on without it. */
export function createLazyInstrumentations(
  instrumentations: readonly LazyInstrumentation[],
  log: Log,
): LazyInstrumentations {
  const entries: Entry[] = instrumentations.map((each) => ({ ...each, state: 'waiting' }));
  const byPackage = new Map(entries.map((entry) => [entry.module, entry]));
  const byTarget = new Map<string, Entry[]>();
  const builtins = new Set<string>();
  for (const entry of entries.filter(({ target }) => target === undefined)) prepare(entry);
  for (const entry of entries) {
    const targets = entry.started?._modules?.map(({ name }) => packageOf(name) ?? name) ?? entry.target;
    if (Array.isArray(targets))
      for (const target of new Set(targets as readonly string[]))
        byTarget.set(target, [...(byTarget.get(target) ?? []), entry]);
  }

  /** What it patches it says only itself, and that must be known before anything loads. */
  function prepare(entry: Entry): void {
    attempt(entry, () => {
      entry.started = createInstrumentation(entry, { ...entry.config, enabled: false });
    });
  }

  function attempt(entry: Entry, work: () => void): void {
    try {
      work();
    } catch (error) {
      entry.state = 'left';
      const reason = error instanceof Error ? (error.message.split('\n', 1)[0] as string) : String(error);
      log('warn', `${entry.module} could not be started: ${reason} (the application runs without its spans)`);
    }
  }

  function start(entry: Entry): OtelInstrumentation | undefined {
    if (entry.state !== 'waiting') return undefined;
    entry.state = 'started';
    attempt(entry, () => {
      entry.started = createInstrumentation(entry, entry.config ?? {});
      entry.needsTelling = !sharesImportHook(entry);
    });
    if (entry.state === 'started') log('debug', `started ${entry.module}`);
    return entry.started;
  }

  function startPrepared(entry: Entry): void {
    const { started } = entry;
    if (started === undefined || entry.state !== 'waiting') return;
    entry.state = 'started';
    attempt(entry, () => {
      started.setConfig({ ...started.getConfig(), enabled: true });
      started.setTracerProvider(trace.getTracerProvider());
      started.setMeterProvider(metrics.getMeterProvider());
      started.enable();
      entry.needsTelling = !sharesImportHook(entry);
    });
  }

  /** The application starts it itself, and it would tell of everything twice. */
  function leave(entry: Entry): void {
    if (entry.state === 'left') return;
    const { state } = entry;
    entry.state = 'left';
    log('info', `the application loads ${entry.module} itself, so Flow leaves it to the application`);
    if (state === 'started') attempt(entry, () => entry.started?.disable());
  }

  function beforeLoading(specifier: string, parent: string | undefined): void {
    const name = packageOf(specifier);
    if (name === undefined || parent?.startsWith(OWN)) return;
    const own = byPackage.get(name);
    if (own !== undefined && !isLoadingInstrumentation()) leave(own);
    const waiting = byTarget.get(name);
    if (waiting === undefined) return;
    for (const entry of waiting) start(entry);
    if (isBuiltin(specifier)) patchBuiltin(specifier);
  }

  // There is one object of it for `require` and `import` alike, and whoever has imported from it already gets the patched functions, too.
  function patchBuiltin(specifier: string): void {
    const name = specifier.replace(/^node:/, '');
    if (builtins.has(name)) return;
    builtins.add(name);
    require(name);
    nodeModule.syncBuiltinESMExports();
  }

  return {
    modules: [...byTarget.keys()].filter((name) => !isBuiltin(name)),
    loaded(format, exports, name, baseDir) {
      const started = (byTarget.get(name) ?? []).filter(({ state }) => state === 'started');
      if (started.length === 0 || baseDir === undefined) return exports;
      try {
        // It was started while this `require` was under way already: seen from outside, it goes through its hook as well.
        if (format === 'cjs') return createRequire(join(baseDir, 'package.json'))(name);
        return started.reduce(
          (patched, { started: instrumentation, needsTelling }) =>
            instrumentation && needsTelling ? patchModule(instrumentation, patched, name, baseDir) : patched,
          exports,
        );
      } catch (error) {
        log('warn', `${name} could not be patched for its spans: ${String(error)}`);
        return exports;
      }
    },
    begin() {
      try {
        watchLoading(beforeLoading);
      } catch {
        // Where modules cannot be watched, that is said about the AI SDKs already.
        return;
      }
      for (const entry of entries) {
        if (entry.watch !== undefined) entry.watch(() => start(entry));
        else if (entry.target === undefined) startPrepared(entry);
        else if (entry.target === 'at start') start(entry);
        else if (entry.target === 'after start') setImmediate(() => start(entry)).unref();
      }
    },
  };
}

function watchLoading(beforeLoading: (specifier: string, parent: string | undefined) => void): void {
  nodeModule.registerHooks({
    resolve(specifier, context, nextResolve) {
      beforeLoading(specifier, context.parentURL);
      return nextResolve(specifier, context);
    },
  });
  const { getBuiltinModule } = process;
  process.getBuiltinModule = function (this: unknown, id: string, ...rest: unknown[]): unknown {
    if (typeof id === 'string') beforeLoading(id, undefined);
    return Reflect.apply(getBuiltinModule, this, [id, ...rest]);
  } as typeof getBuiltinModule;
}

/** `pg` of `pg/lib/client`, `fs` of `node:fs/promises`; undefined for a path or a URL. */
function packageOf(specifier: string): string | undefined {
  const first = specifier.charAt(0);
  if (first === '.' || first === '/' || first === '#') return undefined;
  const plain = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
  const slash = plain.indexOf('/');
  if (slash === -1) return plain;
  if (first !== '@') return plain.slice(0, slash);
  const second = plain.indexOf('/', slash + 1);
  return second === -1 ? plain : plain.slice(0, second);
}
