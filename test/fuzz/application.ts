// SPDX-License-Identifier: Apache-2.0
import { ERROR_CODES, FlowError, type Registration, type ScopeHandle, flow } from '../../src/api/index.ts';
import type { Random } from './random.ts';

/** What an object or a function of the application's brings about by itself. */
const OF_THE_LANGUAGE = /proxy that has been revoked|Class constructors? .*cannot be invoked without 'new'/;

/** How something settled. */
export type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** What the middleware of a case may do to a call. Only ever grows: a chain may hold what is removed meanwhile. */
export interface Powers {
  /** Some middleware may change what the call is made with. */
  input: boolean;
  /** Some execution intercept may do other than hand on what it was given. */
  outcome: boolean;
}

/** The application that one case plays: what it throws, what it waits for, what it has to clear away. */
export class Application {
  readonly random: Random;
  readonly powers: Record<'tool' | 'llm' | 'stream', Powers> = {
    tool: { input: false, outcome: false },
    llm: { input: false, outcome: false },
    stream: { input: false, outcome: false },
  };
  readonly registrations: Registration[] = [];
  /** Scopes that somebody may act on, open or not. */
  readonly handles: ScopeHandle[] = [];
  /** Ends what was opened by hand. */
  readonly closers: (() => unknown)[] = [];
  readonly violations: string[] = [];
  /** True when the case leaves something open on purpose: it only closes when it is collected. */
  leavesOpen = false;
  /** Steps that are left: a bound for programs that call programs. */
  budget: number;
  readonly #own = new Set<unknown>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #released = Promise.withResolvers<void>();
  #names = 0;

  /** Runs some random steps of the program. */
  readonly steps: (random: Random, depth: number) => Promise<void>;

  constructor(random: Random, steps: Application['steps']) {
    this.random = random;
    this.steps = steps;
    this.budget = 4 + random.below(20);
  }

  /** Remembers that the application itself threw this. */
  own<Thrown>(thrown: Thrown): Thrown {
    this.#own.add(thrown);
    return thrown;
  }

  name(prefix: string): string {
    return `${prefix} ${++this.#names}`;
  }

  /** From now on no call is known to keep its values. */
  anythingGoes(): void {
    for (const powers of Object.values(this.powers)) Object.assign(powers, { input: true, outcome: true });
    this.leavesOpen = true;
  }

  /** Pending until the harness lets the case end. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** A property that does not hold. */
  violated(what: string, detail?: unknown): void {
    this.violations.push(detail === undefined ? what : `${what}: ${textOf(detail)}`);
  }

  /** Checks that the error is the application's own, or one of Flow's that has a code. */
  checkError(where: string, error: unknown): void {
    if (!this.owns(error)) this.violated(`${where}: an error that nobody threw`, error);
  }

  /** Checks that the scope that was current before is current again, unless somebody has ended it. */
  checkCurrent(before: ScopeHandle, after: string): void {
    if (flow.scope.current() !== before && !before.ended)
      this.violated(`another scope is current after ${after} than before`);
  }

  owns(error: unknown): boolean {
    if (this.#own.has(error)) return true;
    try {
      if (error instanceof FlowError) return Object.hasOwn(ERROR_CODES, error.code);
      // What the language does with an object of the application's: Flow has touched it as any program would.
      return error instanceof TypeError && OF_THE_LANGUAGE.test(error.message);
    } catch {
      return false;
    }
  }

  /** Runs the work, waits for it, and checks what it throws. Where nobody waits for that, the case does before it ends. */
  settle(where: string, work: () => unknown): Promise<Settled> {
    const settled = this.#settle(where, work).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return settled;
  }

  async #settle(where: string, work: () => unknown): Promise<Settled> {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      this.checkError(where, error);
      return { ok: false, error };
    }
  }

  /** Runs the work, and checks what it throws. */
  attempt(where: string, work: () => unknown): Settled {
    try {
      return { ok: true, value: work() };
    } catch (error) {
      this.checkError(where, error);
      return { ok: false, error };
    }
  }

  /** Releases what waits, waits for what goes on, clears away, and delivers. */
  async end(): Promise<void> {
    // What waits for the release is to be overtaken by what does not.
    for (let turn = 0; turn < 5 && this.#pending.size > 0; turn++)
      await new Promise((resolve) => void setImmediate(resolve));
    this.#released.resolve();
    // Observers go on while they are delivered to.
    do {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
      this.#clearAway();
      await flow.flush();
    } while (this.#pending.size + this.closers.length + this.registrations.length > 0);
    // Its middleware may still be asked: about the end of a stream that was abandoned.
    this.budget = 0;
  }

  #clearAway(): void {
    for (const close of this.closers.splice(0).toReversed()) this.attempt('a closer', close);
    for (const registration of this.registrations.splice(0)) {
      registration.remove();
      if (registration.remove()) this.violated(`registration '${registration.name}' can be removed twice`);
    }
  }
}

function textOf(value: unknown): string {
  try {
    return value instanceof Error ? String(value.stack) : String(value);
  } catch {
    return 'a value that cannot be printed';
  }
}
