// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../errors.ts';
import { describe } from './verdict.ts';

/** Every kind of thing that can be registered. The words before the dot say what it acts on. */
export const KINDS = [
  'tool.conditional_execution',
  'tool.request_intercept',
  'tool.execution_intercept',
  'tool.sanitize_request',
  'tool.sanitize_response',
  'llm.conditional_execution',
  'llm.request_intercept',
  'llm.execution_intercept',
  'llm.stream_execution_intercept',
  'llm.sanitize_request',
  'llm.sanitize_response',
  'event.metadata',
  'event.sanitize_mark',
  'event.sanitize_scope_start',
  'event.sanitize_scope_end',
  'subscriber',
  'gate',
] as const;
/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** True for what decides about calls; all the rest observes. */
export function isPolicy(kind: Kind): boolean {
  return /_(?:execution|intercept)$/.test(kind);
}

/** Options that every `add…` takes. */
export interface RegisterOptions {
  /** Lower runs first and outermost; default 0. Ties: process before scope, outer scope before inner, then name. */
  readonly priority?: number | undefined;
  /** Request intercepts only: when this one has run, later ones are skipped. */
  readonly breakChain?: boolean | undefined;
  /** Replaces an entry of the same kind, owner and name instead of throwing `FLOW_NAME_TAKEN`. */
  readonly replace?: boolean | undefined;
  /**
   * Milliseconds after which what it returned is given up, default none: policy then refuses the call, a sanitizer clears its fields, an event goes
   * past its subscriber. An execution intercept's covers the call that it wraps, of a stream until that is open. Only what returns a promise can be given up.
   */
  readonly timeout?: number | undefined;
}

/** What a gate is asked about; what is left out is any. */
export interface GateOptions extends Pick<RegisterOptions, 'priority' | 'replace'> {
  /** The name under which it is registered on the process. */
  readonly registration?: string | undefined;
  readonly kinds?: readonly Kind[] | undefined;
}

/** One registered callback. Compared by identity: re-entrancy is about this entry, not about its name. */
export interface Entry<Callback = unknown> {
  readonly kind: Kind;
  readonly name: string;
  readonly owner: string;
  readonly priority: number;
  readonly breakChain: boolean;
  readonly timeout: number | undefined;
  /** What a gate is asked about; of others nothing. */
  readonly target: { readonly registration: string | undefined; readonly kinds: readonly Kind[] | undefined };
  readonly callback: Callback;
}

/** The undo of one `add…`. `remove()` is idempotent and answers whether the entry was still there. */
export interface Registration {
  readonly name: string;
  readonly kind: Kind;
  readonly owner: string;
  remove(): boolean;
  [Symbol.dispose](): void;
}

/** Sorted, immutable entries by kind: what a call resolves once and keeps, whatever is registered meanwhile. */
export type Chains = { readonly [K in Kind]: readonly Entry[] };

const NONE: readonly Entry[] = Object.freeze([]);
/** Chains with no entry at all. */
export const NO_CHAINS: Chains = Object.freeze(
  Object.fromEntries(KINDS.map((kind) => [kind, NONE])) as unknown as Chains,
);

// Of one owner and kind, so no two have the same name.
const byPriorityThenName = (a: Entry, b: Entry): number => a.priority - b.priority || (a.name < b.name ? -1 : 1);

/** The registrations of one owner: the process or one scope. */
export class Registry {
  readonly owner: string;
  /** Replaced, never changed, by each registration. */
  chains: Chains = NO_CHAINS;
  readonly #onChange: ((kind?: Kind) => void) | undefined;

  /** `onChange` gets the kind of which something was added or removed; none when the owner is gone. */
  constructor(owner: string, onChange?: (kind?: Kind) => void) {
    this.owner = owner;
    this.#onChange = onChange;
  }

  add(kind: Kind, name: string, callback: unknown, options: RegisterOptions & GateOptions = {}): Registration {
    checkArguments(kind, name, callback, options);
    const entries = this.chains[kind];
    const taken = entries.find((entry) => entry.name === name);
    if (taken !== undefined && options.replace !== true)
      throw new FlowError(
        'FLOW_NAME_TAKEN',
        `${kind} '${name}' is already registered on ${this.owner}; choose another name or pass { replace: true }`,
      );
    const { priority = 0, breakChain = false, timeout, registration, kinds } = options;
    const target = { registration, kinds: kinds && [...kinds] };
    const entry: Entry = { kind, name, owner: this.owner, priority, breakChain, timeout, target, callback };
    const kept = taken === undefined ? entries : entries.filter((each) => each !== taken);
    this.#replace(kind, Object.freeze([...kept, entry].toSorted(byPriorityThenName)));
    const remove = (): boolean => this.#remove(entry);
    return { name, kind, owner: this.owner, remove, [Symbol.dispose]: remove };
  }

  /** The owner is gone: its entries vanish from future calls. */
  close(): void {
    this.chains = NO_CHAINS;
    this.#onChange?.();
  }

  #remove(entry: Entry): boolean {
    const entries = this.chains[entry.kind];
    if (!entries.includes(entry)) return false;
    this.#replace(entry.kind, Object.freeze(entries.filter((each) => each !== entry)));
    return true;
  }

  #replace(kind: Kind, entries: readonly Entry[]): void {
    this.chains = Object.freeze({ ...this.chains, [kind]: entries });
    this.#onChange?.(kind);
  }
}

function optionsOf(kind: Kind): readonly string[] {
  if (kind === 'gate') return ['registration', 'kinds', 'priority', 'replace'];
  return kind.endsWith('request_intercept')
    ? ['priority', 'breakChain', 'replace', 'timeout']
    : ['priority', 'replace', 'timeout'];
}

function checkArguments(kind: Kind, name: unknown, callback: unknown, options: RegisterOptions & GateOptions): void {
  const bad = (what: string): never => {
    throw new FlowError('FLOW_INVALID_ARGUMENT', `cannot add ${kind}: ${what}`);
  };
  if (typeof name !== 'string' || name === '') bad(`the name must be a non-empty string, not ${describe(name)}`);
  if (typeof callback !== 'function')
    bad(`the callback of '${String(name)}' must be a function, not ${describe(callback)}`);
  if (typeof options !== 'object' || options === null)
    bad(`the options of '${String(name)}' must be an object, not ${describe(options)}`);
  // A misspelt option of a gate would make it decide about everything.
  const strange = Object.keys(options).find((key) => !optionsOf(kind).includes(key));
  if (strange !== undefined)
    bad(`'${strange}' of '${String(name)}' is none of its options (${optionsOf(kind).join(', ')})`);
  const { priority = 0, timeout = 1, registration = 'any', kinds = [] } = options;
  if (typeof priority !== 'number' || Number.isNaN(priority))
    bad(`the priority of '${String(name)}' must be a number, not ${describe(priority)}`);
  // Node's timers end at 2 ** 31 - 1 milliseconds and would fire at once.
  if (typeof timeout !== 'number' || !(timeout > 0 && timeout < 2 ** 31))
    bad(`the timeout of '${String(name)}' must be milliseconds above 0 (at most 2147483647), not ${describe(timeout)}`);
  if (typeof registration !== 'string' || registration === '')
    bad(`the registration of '${String(name)}' must be the name of one, not ${describe(registration)}`);
  const unknown = Array.isArray(kinds) ? kinds.find((each) => !KINDS.includes(each as Kind)) : kinds;
  if (unknown !== undefined)
    bad(`the kinds of '${String(name)}' must be a list of ${KINDS.join(', ')}, not ${describe(unknown)}`);
}

/**
 * Joins the chains of several owners, given from the process over the outermost scope to the innermost: by priority, then in
 * the order given, then by name.
 */
export function mergeChains(outerToInner: readonly Chains[]): Chains {
  const used = outerToInner.filter((chains) => chains !== NO_CHAINS);
  if (used.length === 1) return used[0] as Chains;
  const merge = (kind: Kind): readonly Entry[] => {
    const lists = used.map((chains) => chains[kind]).filter((list) => list.length > 0);
    // Sorting is stable, which keeps the order of owners and, within one owner, of names.
    return lists.length < 2 ? (lists[0] ?? NONE) : lists.flat().toSorted((a, b) => a.priority - b.priority);
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, merge(kind)])) as unknown as Chains;
}

/** The entries of the middleware that is running on the current path, innermost first. */
export interface RunningMiddleware {
  readonly entry: Entry;
  readonly outer: RunningMiddleware | undefined;
}

/** The chain without the entries that are already running on this path: a middleware never runs inside itself. */
export function withoutRunning(chain: readonly Entry[], running: RunningMiddleware | undefined): readonly Entry[] {
  if (running === undefined || chain.length === 0) return chain;
  return chain.filter((entry) => {
    for (let each: RunningMiddleware | undefined = running; each !== undefined; each = each.outer)
      if (each.entry === entry) return false;
    return true;
  });
}
