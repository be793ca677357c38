// SPDX-License-Identifier: Apache-2.0
import { context } from '@opentelemetry/api';
import { now } from '../atof/clock.ts';
import { FlowError, type GuardrailRejectedError, isFlowError } from '../errors.ts';
import { type Entry, withoutRunning } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { readVerdict } from '../pipeline/verdict.ts';
import { Scope } from '../scope/scope.ts';
import { enterMiddleware } from '../scope/stack.ts';
import type { Call } from './call.ts';
import { CallView } from './call-view.ts';
import { closeScope, openScope } from './lifecycle.ts';
import { emitMark } from './emit-mark.ts';
import { OK, outcomeOf } from './outcome.ts';
import type { Outcome } from './span.ts';

/** From this long on, a guardrail that allowed the call is worth a scope of its own. */
const SLOW_MICROS = 1000;
const ALLOWED = { allowed: true, rejected: false };

/** Asks each conditional-execution guardrail in turn; the first rejection or failure refuses the call. */
export function* checkGuardrails(call: Call): Generator<unknown, void, unknown> {
  for (const entry of withoutRunning(call.chains[call.family('conditional_execution')], call.frame.running))
    yield* check(call, entry);
}

function* check(call: Call, entry: Entry): Generator<unknown, void, unknown> {
  const guard = guardrailScope(call, entry);
  const running = { entry, outer: call.frame.running };
  let rejection: GuardrailRejectedError | undefined;
  try {
    const returned = enterMiddleware(guard.scope, running, call.frame.quiet, () =>
      (entry.callback as (view: CallView) => unknown)(new CallView(call)),
    );
    const verdict: unknown = yield withinLimit(entry, returned);
    rejection = readVerdict(entry.name, verdict);
  } catch (error) {
    const failure = refusal(
      'FLOW_GUARDRAIL_FAILED',
      `guardrail '${entry.name}' failed, so the call was refused`,
      error,
    );
    guard.close({ allowed: false, error: failure.message }, outcomeOf(error));
    throw failure;
  }
  if (rejection === undefined) {
    guard.allow();
    return;
  }
  guard.close({ allowed: false, rejected: true, rejection_reason: rejection.reason }, OK);
  emitMark(call.parent as Scope, {
    name: call.name,
    data: { rejected: true, rejection_reason: rejection.reason, guardrail: entry.name },
    metadata: call.metadata,
    profile: call.callId === undefined ? undefined : { tool_call_id: call.callId },
  });
  throw rejection;
}

/** The error for policy that failed. What already is a refusal passes as it is. */
export function refusal(
  code: 'FLOW_GUARDRAIL_FAILED' | 'FLOW_INTERCEPT_FAILED',
  what: string,
  cause: unknown,
): FlowError {
  const known = isFlowError(cause);
  if (known !== undefined && known === cause && known.status !== undefined) return known;
  const reason = known?.message ?? outcomeOf(cause).description;
  return new FlowError(code, `${what}: ${reason}`, { cause });
}

// The scope opens only when it is needed: by a call made inside the guardrail, by a rejection or failure, or because it took long.
function guardrailScope(call: Call, entry: Entry) {
  const scope = new Scope({ name: entry.name, type: 'guardrail' }, call.parent);
  const startedAt = now();
  const around = context.active();
  const open = (): void => {
    scope.materialize = undefined;
    const payload =
      call.kind === 'tool'
        ? { kind: 'tool_conditional_execution', target_name: call.name }
        : { kind: 'llm_conditional_execution' };
    openScope(scope, call.frame, { time: startedAt, payload, detached: true, around, adopted: call.adopted });
  };
  scope.materialize = open;
  const close = (payload: unknown, outcome: Outcome): void => closeScope(scope, { payload, outcome });
  const allow = (): void => {
    const micros = now() - startedAt;
    if (scope.materialize === undefined || micros > SLOW_MICROS) close(ALLOWED, OK);
    else {
      // What the guardrail left running may still open something beneath it.
      const openAndClose = (): void => {
        open();
        closeScope(scope, { payload: ALLOWED, outcome: OK, time: startedAt + Math.max(micros, 1) });
      };
      // Not a literal assigned to the property: V8 would allocate that among the long-lived objects, with the call it holds.
      scope.materialize = openAndClose;
      (call.guardrails ??= []).push({ name: entry.name, micros });
    }
  };
  return { scope, close, allow };
}
