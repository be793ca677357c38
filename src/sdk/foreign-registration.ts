// SPDX-License-Identifier: Apache-2.0
import { type Caller, callerIn } from './foreign-caller.ts';
import { type ApiGlobals, NEWER_API, SENTRY_FIX, TWO_LINES, apiGlobals, isOlder } from './foreign-owner.ts';
import { watchApiLogs } from './foreign-logs.ts';
import { watchTakeover } from './foreign-takeover.ts';
import type { Log } from './log.ts';

/** The watch for those who register after us. */
export interface RegistrationWatch {
  /** Prints what has not been printed yet: the process ends. */
  report(): void;
  close(): void;
}

const NAMES = {
  trace: 'tracer provider',
  metrics: 'meter provider',
  logs: 'logger provider',
  propagation: 'propagator',
} as const;
type Slot = keyof typeof NAMES;
const PROVIDERS = ['trace', 'metrics', 'logs'] as const;

type DiagLogger = Record<
  'error' | 'warn' | 'info' | 'debug' | 'verbose',
  (message: unknown, ...rest: unknown[]) => void
>;

// What the API tells its diagnostics, with the stack, when it refuses a second registration or another version of itself.
const REFUSAL =
  /@opentelemetry\/api: (?:Attempted duplicate registration of API: (\w+)|Registration of version \S+ for (\w+) does not)/;

/**
 * Flow is the SDK, so the API refuses whoever registers later, and tells only its diagnostics, which nobody reads. From here one warning says who
 * that was and what to do, at most one for each signal. The provider of ours also stays where a refused one would be put in its place. Who takes it
 * out and registers another is let, and named as well.
 */
export function watchRegistrations(log: Log): RegistrationWatch {
  const globals = apiGlobals() as ApiGlobals;
  const said = new Set<Slot>();
  const refused = new Map<Slot, Caller>();
  const taken = new Map<Slot, Caller>();
  let timer: NodeJS.Immediate | undefined;

  const report = (): void => {
    timer = undefined;
    for (const [callers, describe] of [
      [refused, describeRefused],
      [taken, describeTaken],
    ] as const) {
      const slots = [...callers.keys()];
      const [caller] = callers.values();
      callers.clear();
      if (caller !== undefined) log('warn', describe(caller, slots));
    }
  };
  const noteIn =
    (callers: Map<Slot, Caller>) =>
    (slot: string, stack: string): void => {
      if (!Object.hasOwn(NAMES, slot) || said.has(slot as Slot)) return;
      said.add(slot as Slot);
      callers.set(slot as Slot, callerIn(stack));
      // An SDK registers all that it has, one after the other.
      timer ??= setImmediate(report).unref();
    };
  const refuse = noteIn(refused);
  const undoDiag = watchDiag(globals, refuse);
  // Both stand beneath the globals, and leave in the other order.
  const undo = [watchTakeover(globals, PROVIDERS, noteIn(taken)), undoDiag];
  undo.push(keepDelegate(globals, refuse), watchApiLogs(refuse));
  return {
    report,
    close: () => undo.forEach((each) => each()),
  };
}

function describeRefused({ name, api }: Caller, slots: readonly Slot[]): string {
  const what = namesOf(slots);
  if (what === '')
    return `${name} registered a propagator after Flow, which is not used; name the formats in OTEL_PROPAGATORS instead`;
  return `${name} registered ${what} after Flow, which is the SDK of this process, so nothing reaches it; ${fixFor({ name, api })}`;
}

function describeTaken(caller: Caller, slots: readonly Slot[]): string {
  return `${caller.name} took out what Flow had registered and registered ${namesOf(slots)}, which gets everything from now on, and Flow's exporters nothing; ${fixFor(caller)}`;
}

function namesOf(slots: readonly Slot[]): string {
  return PROVIDERS.filter((slot) => slots.includes(slot))
    .map((slot) => `a ${NAMES[slot]}`)
    .join(', ');
}

function fixFor({ name, api }: Caller): string {
  if (name.startsWith('@sentry/')) return SENTRY_FIX;
  const upgrade = isOlder(api) ? `bring it from API ${api} to ${NEWER_API}, ` : '';
  return `take that out, or let it be the SDK: ${upgrade}start with --import @flow/register/hooks instead of @flow/register, and add two lines: ${TWO_LINES}`;
}

/** Reads what the API tells `diag`, whoever's logger that is. Returns the undo. */
function watchDiag(globals: ApiGlobals, refuse: (slot: string, stack: string) => void): () => void {
  let current: Partial<DiagLogger> | undefined;
  const pass =
    (level: keyof DiagLogger): DiagLogger['error'] =>
    (message, ...rest) =>
      current?.[level]?.(message, ...rest);
  const error: DiagLogger['error'] = (message, ...rest) => {
    const match = REFUSAL.exec(String(message));
    if (match !== null) refuse((match[1] ?? match[2]) as string, String(message));
    current?.error?.(message, ...rest);
  };
  const watched: DiagLogger = {
    error,
    warn: pass('warn'),
    info: pass('info'),
    debug: pass('debug'),
    verbose: pass('verbose'),
  };
  const place = (logger: unknown): void => {
    current = logger as Partial<DiagLogger> | undefined;
    Object.defineProperty(globals, 'diag', {
      get: () => watched,
      set: place,
      configurable: true,
      enumerable: true,
    });
  };
  // Some take their logger out, which deletes the slot, before they put in another: what lies beneath must see that one, too.
  const beneath = {
    get diag(): unknown {
      current = undefined;
      return watched;
    },
    set diag(logger: unknown) {
      place(logger);
    },
  };
  const before = Object.getPrototypeOf(globals) as object | null;
  place(globals.diag);
  Object.setPrototypeOf(globals, beneath);
  return () => {
    const value = Object.hasOwn(globals, 'diag') ? current : undefined;
    Object.setPrototypeOf(globals, before);
    delete globals.diag;
    if (value !== undefined) globals.diag = value;
  };
}

/** Some SDKs, once refused, put their provider into the one that is registered, which would take every span away from ours. */
function keepDelegate({ trace }: ApiGlobals, refuse: (slot: string, stack: string) => void): () => void {
  if (typeof trace?.setDelegate !== 'function') return () => undefined;
  const setDelegate = (): void => {
    const here = { stack: '' };
    Error.captureStackTrace(here, setDelegate);
    refuse('trace', here.stack);
  };
  Object.defineProperty(trace, 'setDelegate', { value: setDelegate, configurable: true, writable: true });
  return () => void delete (trace as { setDelegate?: unknown }).setDelegate;
}
