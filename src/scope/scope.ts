// SPDX-License-Identifier: Apache-2.0
import type { Span } from '@opentelemetry/api';
import type { JsonObject, ScopeType } from '../atof/event.ts';
import type { EventIdentity } from '../atof/identity.ts';
import type { EventRecord } from '../atof/record.ts';
import { uuidV7 } from '../atof/uuid.ts';
import type { CallSubject } from '../projections/gen-ai.ts';
import { type Chains, type Kind, NO_CHAINS, Registry, isPolicy, mergeChains } from '../pipeline/registry.ts';

/** What a scope is opened with. */
export interface ScopeFields {
  readonly name: string;
  readonly type: ScopeType;
  readonly subtype?: string | undefined;
  /** Sorted and without repeats. */
  readonly attributes?: readonly string[] | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly data?: unknown;
}

const NO_ATTRIBUTES: readonly string[] = Object.freeze([]);

/** State of one scope, open or ended. A root is a scope without a parent that emits nothing. What it does lives in the runtime. */
export class Scope {
  readonly name: string;
  readonly type: ScopeType;
  readonly subtype: string | undefined;
  readonly attributes: readonly string[];
  readonly parent: Scope | undefined;
  /** The implicit root that this scope's stack hangs from. */
  readonly root: Scope;
  /** True for a root begun by `isolate` or `extract`. */
  readonly isolated: boolean;
  /** Metadata given at the start; the end event carries it merged with that of the end. */
  metadata: JsonObject | undefined;
  data: unknown;
  rootUuid = '';
  span: Span | undefined;
  /** Opened without being activated (push, start, guardrail): while `spanAround` is still the active span, this scope's is the parent. */
  detached = false;
  /** The span that was active when a detached scope opened. */
  spanAround: Span | undefined;
  /** Opened where nothing is observed: it nests and owns registrations, and emits nothing. */
  quiet = false;
  /** Opened without a span of its own. */
  spanless = false;
  /** Events that a promise still works on, or that wait behind one: in order, with what completes each. */
  backlog: { readonly event: EventRecord; readonly complete: () => void }[] | undefined;
  startMicros = 0;
  ended = false;
  /** Place among the open scopes; -1 where it is none of them. */
  openAt = -1;
  /** Opens a scope that only opens when something opens beneath it. */
  materialize: (() => void) | undefined;
  /** What applications hold of it, once somebody asked. */
  handle: object | undefined;
  /** Events in order of emission, while somebody needs them: the record of a scope, and what its span still waits for. */
  events: EventRecord[] | undefined;
  marks = 0;
  /** Where its events belong, once it has emitted one. */
  identity: EventIdentity | undefined;
  /** What its spans describe, when it is a call. */
  call: CallSubject | undefined;
  registry: Registry | undefined;
  /** Of a root that `extract` began: the scope in which it was called, whose registrations stay in force. */
  outer: Scope | undefined = undefined;
  #uuid: string | undefined;
  #merged: Chains | undefined;
  #mergedFor = -1;

  constructor(fields: ScopeFields, parent: Scope | undefined, isolated = false, uuid?: string) {
    this.name = fields.name;
    this.type = fields.type;
    this.subtype = fields.subtype;
    this.attributes = fields.attributes ?? NO_ATTRIBUTES;
    this.metadata = fields.metadata;
    this.data = fields.data;
    this.parent = parent;
    this.root = parent?.root ?? this;
    this.isolated = isolated;
    this.#uuid = uuid;
  }

  /** Version 7, made when first read. */
  get uuid(): string {
    return (this.#uuid ??= uuidV7());
  }

  get isRoot(): boolean {
    return this.parent === undefined;
  }

  /** The registry that lives and dies with this scope. */
  ownRegistry(): Registry {
    return (this.registry ??= new Registry(this.isRoot ? 'the root scope' : `scope '${this.name}'`, (kind) => {
      registrations++;
      tellPolicy(kind);
    }));
  }

  /** The chains in force here: those of the process, then of each scope from the outside inwards. */
  resolveChains(process: Registry): Chains {
    if (disabled) return NO_CHAINS;
    if (registrations === 0) return process.chains;
    if (this.#merged === undefined || this.#mergedFor !== registrations) {
      const owners: Chains[] = [];
      if (this.registry !== undefined) owners.push(this.registry.chains);
      for (let at = this.parent ?? this.outer; at !== undefined; at = at.parent ?? at.outer)
        if (at.registry !== undefined) owners.push(at.registry.chains);
      this.#merged = mergeChains([process.chains, ...owners.toReversed()]);
      this.#mergedFor = registrations;
    }
    return this.#merged;
  }
}

// Counts changes of any registry, so that a scope knows when its merged chains are stale. Zero: no scope ever had a registration.
let registrations = 0;

let disabled = false;

/** From now on nothing that is registered, now or later, applies. */
export function disableRegistrations(): void {
  disabled = true;
}

/** To be called when the registry of the process changes. */
export function registrationsChanged(kind?: Kind): void {
  if (registrations > 0) registrations++;
  tellPolicy(kind);
}

const policyListeners = new Set<() => void>();

/** Calls back whenever policy, or a gate that may keep it out, has been added or removed, on the process or on any scope. */
export function whenPolicyChanges(listener: () => void): void {
  policyListeners.add(listener);
}

function tellPolicy(kind: Kind | undefined): void {
  if (kind !== undefined && (isPolicy(kind) || kind === 'gate')) for (const listener of policyListeners) listener();
}

/**
 * A new root: that of the process, or one that `isolate` or `extract` begins. The latter has the uuid of the scope in the other process, which
 * its top-level scopes have as their parent, and the root uuid of that scope's stack.
 */
export function createRoot(isolated: boolean, uuid?: string, rootUuid?: string, outer?: Scope): Scope {
  const root = new Scope({ name: 'root', type: 'agent' }, undefined, isolated, uuid);
  // Random bytes take a tenth of a start: the root of the process makes its uuid when somebody reads it.
  if (isolated || rootUuid !== undefined || outer !== undefined) root.rootUuid = rootUuid ?? root.uuid;
  else Object.defineProperty(root, 'rootUuid', { get: () => root.uuid });
  root.outer = outer;
  return root;
}

/** Uuid of the nearest enclosing scope, for a top-level scope of its root. */
export function parentUuidOf({ parent, rootUuid }: Scope): string {
  return parent === undefined || (parent.isRoot && !parent.isolated) ? rootUuid : parent.uuid;
}
