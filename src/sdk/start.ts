// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation } from '../instrument/definition.ts';
import { hookModules } from '../instrument/hooks.ts';
import { getRuntime } from '../api/runtime.ts';
import { atofFile } from '../processors/atof-file.ts';
import { type AtifProcessor, createAtifProcessor } from '../processors/atif.ts';
import { watchCoverage } from './coverage-report.ts';
import { type Settings, readSettings } from './environment.ts';
import { watchExit } from './exit.ts';
import { hasForeignSdk, olderApiNotice } from './foreign-owner.ts';
import { watchRegistrations } from './foreign-registration.ts';
import { setDiagLogger } from './globals.ts';
import { hold } from './hold.ts';
import { selectInstrumentations } from './instrumentation-selection.ts';
import { loadAheadInJest } from './load-ahead.ts';
import { type Log, createLog, logProblems } from './log.ts';
import { newerApiNotice } from './newer-api.ts';
import { unsupportedNode } from './node-version.ts';
import { type Telemetry, startTelemetry } from './telemetry.ts';
import { thread } from './thread.ts';

/** Exit code for policy that cannot be honoured: sysexits' EX_CONFIG. */
const EX_CONFIG = 78;
const STARTED: unique symbol = Symbol.for('flow.started.v1') as never;

/** What a start left behind, for {@link stop}. */
interface Started {
  readonly telemetry: Telemetry | undefined;
  readonly undo: readonly (() => void)[];
}

/** How much of the distribution starts. */
export interface StartOptions {
  /** `hooks`: patches and pipeline only; spans go to whatever provider the application registers. Default `full`. */
  readonly mode?: 'full' | 'hooks';
  readonly instrumentations: readonly Instrumentation[];
}

/**
 * Starts Flow in this thread, once, from `OTEL_*` and `FLOW_*`. Synchronous: when it returns, provider, exporters, files and patches are in
 * force. A setting that only concerns telemetry never stops the application; policy that cannot be honoured ends the process with code 78.
 */
export function start({ mode = 'full', instrumentations }: StartOptions): void {
  // Node 22 runs what `-r` names in the thread of its own loader hooks, too.
  if (thread.isInternalThread) return;
  const settings = readSettings();
  const log = createLog(settings.logLevel);
  const global = globalThis as { [STARTED]?: Started };
  if (settings.disabled) {
    getRuntime().internals.disableRegistrations();
    return;
  }
  if (global[STARTED] !== undefined) {
    log('warn', 'is already started in this process; the second start is ignored (one --import or -r is enough)');
    return;
  }
  logProblems(log, 'warn', settings.warnings);
  if (settings.errors.length > 0) {
    logProblems(createLog('error'), 'error', settings.errors);
    process.exit(EX_CONFIG);
  }
  const unsupported = unsupportedNode();
  if (unsupported !== undefined) {
    // What policy cannot see was to be refused: that is everything.
    if (settings.refuseUnpatched) {
      createLog('error')('error', unsupported);
      process.exit(EX_CONFIG);
    }
    log('warn', unsupported);
    return;
  }
  configure(settings, log);
  const ownsSpans = mode === 'full' && !settings.sdkDisabled;
  const selected = selectInstrumentations(
    settings,
    instrumentations.map(({ name }) => name),
    log,
  );
  const others = ownsSpans ? selected.create() : undefined;
  hookModules(instrumentations, others);
  const observed = settings.sdkDisabled ? { undo: [], atif: undefined } : startFiles(settings, log);
  const telemetry = ownsSpans ? startSdk(settings, observed.atif, log) : undefined;
  loadAheadInJest();
  // With an SDK of its own the application has instrumentations of its own as well.
  if (telemetry !== undefined) others?.begin();
  const delivery = telemetry ?? {
    flush: async () => undefined,
    whenQuiet: async () => undefined,
    deliverNow: () => undefined,
  };
  const watch = watchExit({ timeoutMillis: settings.exitTimeoutMillis, delivery, log });
  const { flow, internals } = getRuntime();
  const sayCoverage = watchCoverage(settings, log);
  const registrations = telemetry && watchRegistrations(log);
  const sayOlderApi = mode === 'hooks' && !settings.sdkDisabled ? olderApiNotice(log) : () => undefined;
  // The application's own SDK registers while it starts.
  setImmediate(sayOlderApi).unref();
  if (telemetry !== undefined) setImmediate(newerApiNotice, log).unref();
  internals.settings.waitsAtExit = settings.exitTimeoutMillis > 0;
  watch.onExit({
    // What it waits for holds the process: half the time, so that what hangs here leaves the other half for the spans.
    flush: () => flow.flush(settings.exitTimeoutMillis / 2),
    flushSync() {
      internals.closeOpenScopes();
      flow.flushSync();
      observed.atif?.flushSync();
      sayCoverage();
      sayOlderApi();
      registrations?.report();
    },
  });
  Object.defineProperty(globalThis, STARTED, {
    value: { telemetry, undo: [watch.close, () => registrations?.close(), ...observed.undo] },
    configurable: true,
  });
  log('info', describe(settings, telemetry, instrumentations, selected.names));
}

/**
 * Resolves when subscribers and files have every event, and what has ended was sent to where `OTEL_*` say, or could not be: for a process that is frozen
 * or killed between requests. Waits at most `timeout` ms (default 5000) for subscribers, and then as long again for files and receivers. What another SDK exports that one has to flush.
 */
export async function flush(timeout?: number): Promise<void> {
  const { flow, internals } = getRuntime();
  const { telemetry } = (globalThis as { [STARTED]?: Started })[STARTED] ?? {};
  const undo = telemetry && internals.addBarrier(() => telemetry.whenQuiet());
  await hold(flow.flush(timeout)).finally(undo);
}

/** Delivers everything and ends the SDK; patches stay and do no more than pass through, policy stays in force. A later start says so. */
export async function stop(): Promise<void> {
  const global = globalThis as { [STARTED]?: Started };
  const started = global[STARTED];
  if (started === undefined) return;
  await hold(
    getRuntime()
      .flow.flush()
      .then(() => started.telemetry?.shutdown()),
  );
  for (const undo of started.undo) undo();
}

function configure(from: Settings, log: Log): void {
  const {
    content,
    dialects,
    requestStreamUsage,
    toolRejection,
    enabledInstrumentations: enabled,
    disabledInstrumentations: disabled,
  } = from;
  const { settings } = getRuntime().internals;
  settings.print = log;
  settings.spanContent = content.spans;
  settings.logContent = content.logs;
  settings.dialects = new Set(dialects);
  settings.openInferenceHides = new Set(from.openInferenceHides);
  settings.openInferenceImageLength = from.openInferenceImageLength;
  settings.streamUsage = requestStreamUsage;
  settings.toolRejection = toolRejection;
  settings.refusesUnpatched = from.refuseUnpatched;
  settings.chunkMarks = from.chunkMarks;
  settings.propagateToModels = from.propagateToModels;
  settings.markSpans = from.markSpans;
  settings.legacyMetrics = from.legacyMetrics;
  settings.hasSpans = (name) => !disabled.includes(name) && (enabled === undefined || enabled.includes(name));
}

function startFiles(
  { atofFile: path, atifDir, atifVersion }: Settings,
  log: Log,
): { undo: (() => void)[]; atif: AtifProcessor | undefined } {
  const undo: (() => void)[] = [];
  try {
    if (path !== undefined) {
      const file = atofFile({ path });
      undo.push(() => void file.remove());
    }
    if (atifDir === undefined) return { undo, atif: undefined };
    const atif = createAtifProcessor({ dir: atifDir, version: atifVersion });
    undo.push(() => void atif.shutdown());
    return { undo, atif };
  } catch (error) {
    log('warn', `files cannot be written: ${String(error)}`);
    return { undo, atif: undefined };
  }
}

function startSdk(settings: Settings, atif: AtifProcessor | undefined, log: Log): Telemetry | undefined {
  if (hasForeignSdk(log)) return undefined;
  setDiagLogger(settings, log);
  try {
    return startTelemetry(settings, atif === undefined ? [] : [atif as never], log);
  } catch (error) {
    log('warn', `no spans: the SDK could not be started: ${String(error)}`);
    return undefined;
  }
}

function describe(
  settings: Settings,
  telemetry: Telemetry | undefined,
  instrumentations: readonly Instrumentation[],
  others: readonly string[],
): string {
  const { metrics, logs, content, atofFile: atof, atifDir, configFile } = settings;
  const where = (signal: Parameters<typeof targets>[0]): string =>
    configFile === undefined ? targets(signal) : `what ${configFile.path} names`;
  const files = [atof === undefined ? '' : `ATOF ${atof}`, atifDir === undefined ? '' : `ATIF ${atifDir}`].filter(
    (each) => each !== '',
  );
  return [
    `patches ${[...new Set(instrumentations.map(({ name }) => name))].join(', ')}`,
    settings.sdkDisabled
      ? 'spans off (OTEL_SDK_DISABLED)'
      : `spans to ${telemetry ? where(settings) : 'the provider of the application'}`,
    ...(telemetry?.metrics ? [`metrics to ${where(metrics)}`] : []),
    ...(telemetry?.logs ? [`log records to ${where(logs)}`] : []),
    ...(telemetry && others.length > 0 ? [`instrumentations ${others.join(', ')}, each when it is needed`] : []),
    `files ${files.length === 0 || settings.sdkDisabled ? 'none' : files.join(', ')}`,
    `content on spans ${content.spans ? 'on' : 'off'}`,
  ].join('; ');
}

function targets({
  exporters,
  otlp,
}: {
  readonly exporters: readonly string[];
  readonly otlp: Settings['otlp'];
}): string {
  const { origin, pathname } = new URL(otlp.url);
  const names = exporters.map((name) => (name === 'otlp' ? `OTLP ${otlp.protocol} ${origin}${pathname}` : name));
  return names.join(', ') || 'nowhere (none)';
}
