// SPDX-License-Identifier: Apache-2.0
import { type Context, context } from '@opentelemetry/api';
import { now } from '../atof/clock.ts';
import { FlowError, type GuardrailRejectedError, isFlowError } from '../errors.ts';
import { inTurn, isThenable } from '../pipeline/in-turn.ts';
import { type Entry, withoutRunning } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { readVerdict } from '../pipeline/verdict.ts';
import { Scope } from '../scope/scope.ts';
import { enterMiddleware } from '../scope/stack.ts';
import type { Call } from './call.ts';
import { CallView } from './call-view.ts';
import { report } from './diagnostics.ts';
import { closeScope, openScope } from './lifecycle.ts';
import { emitMark } from './emit-mark.ts';
import { OK, outcomeOf } from './outcome.ts';
import type { Outcome } from './span.ts';

/** From this long on, a guardrail that allowed the call is worth a scope of its own. */
const SLOW_MICROS = 1000;
const ALLOWED = { allowed: true, rejected: false };

/** Asks each conditional-execution guardrail in turn; the first rejection or failure refuses the call. A promise only when one of them returned one. */
export function checkGuardrails(call: Call): void | Promise<void> {
  const entries = withoutRunning(call.chains[call.family('conditional_execution')], call.frame.running);
  return inTurn(entries, (entry) => new Guard(call, entry).check());
}

/** The error for policy that failed, which is told here, too: some who call catch what is thrown. What already is a refusal passes as it is. */
export function refusal(
  code: 'FLOW_GUARDRAIL_FAILED' | 'FLOW_INTERCEPT_FAILED',
  [what, name]: readonly [what: string, name: string],
  call: Call,
  cause: unknown,
): FlowError {
  const known = isFlowError(cause);
  if (known !== undefined && known === cause && known.status !== undefined) return known;
  const reason = known?.message ?? outcomeOf(cause).description;
  report(what, name, new Error(`it failed, so a call of '${call.name}' was refused: ${reason}`));
  return new FlowError(code, `${what} '${name}' failed, so the call was refused: ${reason}`, { cause });
}

/** One guardrail's look at a call. Its scope opens only when it is needed: by a call made inside it, by a rejection or failure, or because it took long. */
class Guard {
  readonly #call: Call;
  readonly #entry: Entry;
  readonly #scope: Scope;
  readonly #startedAt: number;
  readonly #around: Context;
  /** How long it took to allow the call. */
  #allowedIn: number | undefined;

  constructor(call: Call, entry: Entry) {
    this.#call = call;
    this.#entry = entry;
    this.#scope = new Scope({ name: entry.name, type: 'guardrail' }, call.parent);
    this.#scope.spanless = call.spanless;
    this.#startedAt = now();
    this.#around = context.active();
    const open = (): void => this.#open();
    // Not a literal assigned to the property: V8 would allocate that among the long-lived objects, with the call it holds.
    this.#scope.materialize = open;
  }

  check(): void | Promise<void> {
    let returned: unknown;
    try {
      returned = this.#ask();
      if (isThenable(returned)) return this.#wait(returned);
    } catch (error) {
      this.#fail(error);
    }
    this.#conclude(returned);
    return undefined;
  }

  #ask(): unknown {
    const call = this.#call;
    const entry = this.#entry;
    const running = { entry, outer: call.frame.running };
    const returned = enterMiddleware(this.#scope, running, call.frame.quiet, () =>
      (entry.callback as (view: CallView) => unknown)(new CallView(call)),
    );
    return withinLimit(entry, returned);
  }

  async #wait(pending: PromiseLike<unknown>): Promise<void> {
    let verdict: unknown;
    try {
      verdict = await pending;
    } catch (error) {
      this.#fail(error);
    }
    this.#conclude(verdict);
  }

  #conclude(verdict: unknown): void {
    let rejection: GuardrailRejectedError | undefined;
    try {
      rejection = readVerdict(this.#entry.name, verdict);
    } catch (error) {
      this.#fail(error);
    }
    if (rejection === undefined) this.#allow();
    else this.#reject(rejection);
  }

  #open(): void {
    const { kind, name, frame, adopted } = this.#call;
    this.#scope.materialize = undefined;
    const payload =
      kind === 'tool'
        ? { kind: 'tool_conditional_execution', target_name: name }
        : { kind: 'llm_conditional_execution' };
    const time = this.#startedAt;
    openScope(this.#scope, frame, { time, payload, detached: true, around: this.#around, adopted });
    // What the guardrail has left running opens something beneath it only now.
    if (this.#allowedIn !== undefined)
      closeScope(this.#scope, { payload: ALLOWED, outcome: OK, time: time + Math.max(this.#allowedIn, 1) });
  }

  #close(payload: unknown, outcome: Outcome): void {
    closeScope(this.#scope, { payload, outcome });
  }

  #allow(): void {
    const micros = now() - this.#startedAt;
    if (this.#scope.materialize === undefined || micros > SLOW_MICROS) {
      this.#close(ALLOWED, OK);
      return;
    }
    this.#allowedIn = micros;
    (this.#call.guardrails ??= []).push({ name: this.#entry.name, micros });
  }

  #fail(error: unknown): never {
    const failure = refusal('FLOW_GUARDRAIL_FAILED', ['guardrail', this.#entry.name], this.#call, error);
    this.#close({ allowed: false, error: failure.message }, outcomeOf(error));
    throw failure;
  }

  #reject(rejection: GuardrailRejectedError): never {
    const { parent, name, metadata, callId, spanless } = this.#call;
    this.#close({ allowed: false, rejected: true, rejection_reason: rejection.reason }, OK);
    emitMark(parent as Scope, {
      name,
      data: { rejected: true, rejection_reason: rejection.reason, guardrail: this.#entry.name },
      metadata,
      profile: callId === undefined ? undefined : { tool_call_id: callId },
      spanless,
    });
    throw rejection;
  }
}
