// SPDX-License-Identifier: Apache-2.0
import type { JsonObject, ScopeType } from '../atof/event.ts';
import { FlowError } from '../errors.ts';
import { type Scope, parentUuidOf } from '../scope/scope.ts';
import { enter } from '../scope/stack.ts';
import { checkFunction, checkMetadata, checkOptions, checkTime, invalid } from './checks.ts';
import { closeScope } from './lifecycle.ts';
import { emitMark } from './emit-mark.ts';
import { type MarkOptions, markFields } from './mark.ts';
import { OK } from './outcome.ts';
import { type Reading, noteReading, outcomeIn } from './reader-left.ts';
import {
  type EventRegistrar,
  type LlmRegistrar,
  type Registrar,
  type ToolRegistrar,
  registrarOf,
} from './registrar.ts';
import { runInside } from './run-inside.ts';
import type { Outcome } from './span.ts';

/** What a scope ends with. */
export interface EndOptions {
  readonly output?: unknown;
  /** Marks the scope as failed. */
  readonly error?: unknown;
  /** Added to the metadata of the start; later keys win. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Unix microseconds, later than the start; default now. */
  readonly time?: number | undefined;
}

let scopeBehind: (handle: object) => Scope | undefined;

/** A scope as applications hold it. Also a registrar: what is registered here applies in this scope and below, and goes with it. */
export class ScopeHandle implements Registrar {
  readonly #scope: Scope;
  #registrar: Registrar | undefined;

  static {
    scopeBehind = (handle) => (#scope in handle ? handle.#scope : undefined);
  }

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get uuid(): string {
    return this.#scope.uuid;
  }
  /** Uuid of the nearest enclosing scope; of the root for a top-level scope; null for a root. */
  get parentUuid(): string | null {
    return this.#scope.isRoot ? null : parentUuidOf(this.#scope);
  }
  /** Identifies the stack. */
  get rootUuid(): string {
    return this.#scope.rootUuid;
  }
  get name(): string {
    return this.#scope.name;
  }
  get type(): ScopeType {
    return this.#scope.type;
  }
  get attributes(): readonly string[] {
    return this.#scope.attributes;
  }
  get metadata(): JsonObject | undefined {
    return this.#scope.metadata;
  }
  get data(): unknown {
    return this.#scope.data;
  }
  /** True once the scope has ended. */
  get ended(): boolean {
    return this.#scope.ended;
  }

  get tool(): ToolRegistrar {
    return this.#registrations.tool;
  }
  get llm(): LlmRegistrar {
    return this.#registrations.llm;
  }
  get event(): EventRegistrar {
    return this.#registrations.event;
  }
  get addSubscriber(): Registrar['addSubscriber'] {
    return this.#registrations.addSubscriber;
  }
  get addGate(): Registrar['addGate'] {
    return this.#registrations.addGate;
  }
  get #registrations(): Registrar {
    return (this.#registrar ??= registrarOf(() => {
      if (this.#scope.ended)
        throw new FlowError('FLOW_SCOPE_CLOSED', `scope '${this.name}' has ended; register on an open scope`);
      return this.#scope.ownRegistry();
    }));
  }

  /** Runs the function inside the scope without ending it. Returns exactly what the function returns. */
  run<Result>(fn: () => Result): Result {
    checkFunction(`run of scope '${this.name}'`, fn);
    return runInside(this.#scope, (body: () => Result) => enter(this.#scope, body), fn);
  }

  /** Emits a mark under the scope, open or ended. */
  mark(name: string, options?: MarkOptions): void {
    emitMark(this.#scope, markFields(name, options));
  }

  /** Ends the scope. Ending twice is `FLOW_SCOPE_CLOSED`, never a second event. */
  end(options: EndOptions = {}): void {
    const error = checkOptions(`end of scope '${this.name}'`, options).error;
    endScope(this.#scope, options, error === undefined ? OK : outcomeIn(this.#scope, error));
  }

  /** Ends the scope with an error, which it only reads. */
  fail(error: unknown, options: Omit<EndOptions, 'error'> = {}): void {
    endScope(this.#scope, options, outcomeIn(this.#scope, error));
  }
}

/** {@link ScopeHandle.fail} for what followed a signal; `isGivenUp` where the error alone says that it was aborted, by whichever signal around it. */
export function failFollowing(
  handle: ScopeHandle,
  error: unknown,
  signal: AbortSignal | undefined,
  isGivenUp: boolean,
): void {
  const scope = scopeOf('end', handle);
  endScope(scope, {}, outcomeIn(scope, error, signal, isGivenUp));
}

/** The one handle of a scope. Kept by the scope itself: what a WeakMap holds, young as it is, is only freed by a major collection. */
export function handleOf(scope: Scope): ScopeHandle {
  return (scope.handle ??= new ScopeHandle(scope)) as ScopeHandle;
}

/** What a framework runs in the scope is read meanwhile: when a reader leaves, what stops by that has not failed. */
export function readWhileRunning(handle: ScopeHandle, reading: Reading): void {
  noteReading(scopeOf('read', handle), reading);
}

/** The scope behind a handle that an application passed back. */
export function scopeOf(where: string, handle: unknown): Scope {
  const scope = typeof handle === 'object' && handle !== null ? scopeBehind(handle) : undefined;
  return scope ?? invalid(where, 'a scope of this process is needed', handle);
}

function endScope(scope: Scope, options: EndOptions, outcome: Outcome): void {
  const where = `end of scope '${scope.name}'`;
  checkOptions(where, options);
  if (scope.isRoot) throw new FlowError('FLOW_SCOPE_IS_ROOT', 'the root scope never ends');
  if (scope.ended) throw new FlowError('FLOW_SCOPE_CLOSED', `scope '${scope.name}' has already ended`);
  const time = checkTime(where, options.time);
  if (time !== undefined && time <= scope.startMicros)
    invalid(where, `time must be later than its start, ${scope.startMicros}`, time);
  closeScope(scope, {
    payload: options.output ?? scope.data,
    time,
    metadata: checkMetadata(where, options.metadata) as never,
    outcome,
  });
}
