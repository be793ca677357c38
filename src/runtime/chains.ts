// SPDX-License-Identifier: Apache-2.0
import { type Exclusion, exclusionOf, withoutGated } from '../pipeline/gates.ts';
import { isThenable } from '../pipeline/in-turn.ts';
import { type Chains, type Entry, KINDS, type Kind, Registry, withoutRunning } from '../pipeline/registry.ts';
import { describe } from '../pipeline/verdict.ts';
import { type Scope, registrationsChanged } from '../scope/scope.ts';
import { currentFrame, enterMiddleware, topOf } from '../scope/stack.ts';
import { report } from './diagnostics.ts';

/** The registrations of the whole process: in force in every stack, also in isolated ones. */
export const processRegistry: Registry = new Registry('the process', registrationsChanged);

/** One thing that is registered where it was asked for. */
export interface RegistrationInfo {
  readonly kind: Kind;
  readonly name: string;
  readonly owner: string;
  readonly priority: number;
  /** Request intercepts only. */
  readonly breakChain: boolean;
  /** Milliseconds; undefined: none. */
  readonly timeout: number | undefined;
  /** The gate that keeps it out of the next call here, and why. */
  readonly excluded: Exclusion | undefined;
}

/** What is in force in the scope, as gates decide now: what a call resolves once, and each event of a scope for itself. */
export function chainsOf(scope: Scope): Chains {
  const chains = scope.resolveChains(processRegistry);
  return chains.gate.length === 0
    ? chains
    : withoutGated(chains, processRegistry.chains, currentFrame().running, asking(scope));
}

/** Everything that is registered for the current scope, by kind and then in order of execution. */
export function registrations(): readonly RegistrationInfo[] {
  const scope = topOf(currentFrame());
  const chains = scope.resolveChains(processRegistry);
  const ask = asking(scope);
  const gates = withoutRunning(chains.gate, currentFrame().running);
  const describeEntry = (entry: Entry): RegistrationInfo => {
    const { kind, name, owner, priority, breakChain, timeout } = entry;
    const excluded = exclusionOf(entry, gates, processRegistry.chains, ask);
    return { kind, name, owner, priority, breakChain, timeout, excluded };
  };
  return KINDS.flatMap((kind) => chains[kind].map(describeEntry));
}

// A gate that fails keeps nothing out: what it would have excluded may be policy.
const asking =
  (scope: Scope) =>
  (gate: Entry, { kind, name, owner }: Entry): string | undefined => {
    try {
      const reason: unknown = enterMiddleware(scope, { entry: gate, outer: currentFrame().running }, true, () =>
        (gate.callback as (registration: object) => unknown)({ kind, name, owner }),
      );
      if (reason === undefined || reason === null) return undefined;
      if (typeof reason === 'string' && reason !== '') return reason;
      if (isThenable(reason)) Promise.resolve(reason).catch(() => undefined);
      throw new TypeError(`it returned ${describe(reason)}; return a reason (a non-empty string), or nothing`);
    } catch (error) {
      report('gate', gate.name, error);
      return undefined;
    }
  };
