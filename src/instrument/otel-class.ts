// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

/** What Flow uses of an `InstrumentationBase`, of whatever version. The last two are its own business, the same since years. */
export interface OtelInstrumentation {
  getConfig(): object;
  setConfig(config: object): void;
  setTracerProvider(provider: unknown): void;
  setMeterProvider(provider: unknown): void;
  enable(): void;
  disable(): void;
  readonly _modules?: readonly { readonly name: string }[];
  _onRequire?(definition: object, exports: unknown, name: string, baseDir: string | undefined): unknown;
}

/** A package whose class can be started. */
export interface OtelPackage {
  readonly module: string;
  /** A file from which the package resolves. */
  readonly from: string | URL;
}

const BASE = '@opentelemetry/instrumentation';
const looking = { depth: 0 };

/** Whether Flow itself is looking for a package, or loading it; otherwise the application is. */
export function isLoadingInstrumentation(): boolean {
  return looking.depth > 0;
}

function look<Result>(work: () => Result): Result {
  looking.depth++;
  try {
    return work();
  } finally {
    looking.depth--;
  }
}

/** Loads the package and makes its instrumentation, which is in force then unless the configuration has `enabled: false`. */
export function createInstrumentation({ module, from }: OtelPackage, config: object): OtelInstrumentation {
  return look(() => {
    const exports = createRequire(from)(module) as Record<string, unknown>;
    const Class = Object.values(exports).find(isInstrumentationClass);
    if (Class === undefined) throw new Error('it exports no class that extends InstrumentationBase');
    return new Class(config);
  });
}

function isInstrumentationClass(value: unknown): value is new (config: object) => OtelInstrumentation {
  const prototype: unknown = typeof value === 'function' ? value.prototype : undefined;
  return (
    typeof prototype === 'object' && prototype !== null && 'setTracerProvider' in prototype && 'enable' in prototype
  );
}

/**
 * Whether what the package waits for in ES modules is told by the loader hook of ours. Where it has another copy of that library, nobody tells it
 * but {@link patchModule}.
 */
export function sharesImportHook({ module, from }: OtelPackage): boolean {
  try {
    return look(() => importHookOf(createRequire(from).resolve(module)) === importHookOf(import.meta.url));
  } catch {
    return false;
  }
}

function importHookOf(from: string): string {
  return createRequire(createRequire(from).resolve(BASE)).resolve('import-in-the-middle');
}

/** Hands a loaded module to an instrumentation, as its own hook would. Returns what the application gets. */
export function patchModule(
  instrumentation: OtelInstrumentation,
  exports: unknown,
  name: string,
  baseDir: string | undefined,
): unknown {
  const definitions = (instrumentation._modules ?? []).filter((definition) => definition.name === name);
  return definitions.reduce(
    (patched, definition) => instrumentation._onRequire?.(definition, patched, name, baseDir) ?? patched,
    exports,
  );
}
