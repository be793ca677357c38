// SPDX-License-Identifier: Apache-2.0
import type { AnnotatedRequest } from '../codecs/annotated.ts';
import { FlowError } from '../errors.ts';
import { inTurn, isThenable } from '../pipeline/in-turn.ts';
import { type Entry, withoutRunning } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { describe } from '../pipeline/verdict.ts';
import type { Scope } from '../scope/scope.ts';
import { enterMiddleware } from '../scope/stack.ts';
import type { Call, LlmRequest } from './call.ts';
import { CallView } from './call-view.ts';
import { refusal } from './guardrails.ts';

/**
 * Lets each request intercept change the call's input in turn, until one that breaks the chain. A failure refuses the call. A promise only when one of
 * them returned one.
 */
export function applyRequestIntercepts(call: Call): void | Promise<void> {
  const entries = withoutRunning(call.chains[call.family('request_intercept')], call.frame.running);
  const last = entries.findIndex(({ breakChain }) => breakChain);
  return inTurn(last === -1 ? entries : entries.slice(0, last + 1), (entry) => apply(call, entry));
}

function apply(call: Call, entry: Entry): void | Promise<void> {
  const running = { entry, outer: call.frame.running };
  try {
    const returned = enterMiddleware(call.parent as Scope, running, call.frame.quiet, () =>
      (entry.callback as (view: CallView) => unknown)(new CallView(call)),
    );
    const changed = withinLimit(entry, returned);
    if (isThenable(changed)) return applyLater(call, entry, changed);
    if (changed !== undefined) call.input = changedInput(call, call.input, changed, entry.name);
  } catch (error) {
    throw failed(call, entry, error);
  }
  return undefined;
}

async function applyLater(call: Call, entry: Entry, pending: PromiseLike<unknown>): Promise<void> {
  try {
    const changed = await pending;
    if (changed !== undefined) call.input = changedInput(call, call.input, changed, entry.name);
  } catch (error) {
    throw failed(call, entry, error);
  }
}

function failed(call: Call, entry: Entry, error: unknown): FlowError {
  return refusal('FLOW_INTERCEPT_FAILED', ['request intercept', entry.name], call, error);
}

/** Reads what an intercept wants the input to be: new arguments; `{ headers, content }` or `{ annotated }` for a model call. */
export function changedInput(call: Call, current: unknown, changed: unknown, by: string): unknown {
  if (call.kind === 'tool') {
    if (typeof changed === 'function' || typeof changed === 'symbol' || changed instanceof Error)
      return refuse(by, 'changed arguments', changed);
    return changed;
  }
  if (typeof changed !== 'object' || changed === null || changed instanceof Error)
    return refuse(by, '{ headers, content } or { annotated }', changed);
  const { headers, content, annotated } = changed as Partial<LlmRequest> & { annotated?: AnnotatedRequest };
  const now = current as LlmRequest;
  // Lists, Map and Headers would lose every header when copied by spreading.
  if (headers !== undefined && (typeof headers !== 'object' || headers === null || Symbol.iterator in headers))
    return refuse(by, 'headers that are a plain object', headers);
  if (annotated !== undefined) {
    if (typeof annotated !== 'object' || annotated === null || !Array.isArray(annotated.messages))
      return refuse(by, '{ annotated } with a changed copy of call.annotated', annotated);
    if (call.codec === undefined)
      throw new FlowError(
        'FLOW_INVALID_VERDICT',
        `intercept '${by}' returned { annotated }, but no codec knows this request; return { headers, content } or pass a codec`,
      );
    return { headers: headers ?? now.headers, content: call.codec.encodeRequest(annotated, now.content) };
  }
  if ((headers === undefined && content === undefined) || content === null)
    return refuse(by, '{ headers, content } or { annotated }', changed);
  return { headers: headers ?? now.headers, content: content ?? now.content };
}

function refuse(by: string, wanted: string, given: unknown): never {
  throw new FlowError(
    'FLOW_INVALID_VERDICT',
    `intercept '${by}' returned ${describe(given)}; return ${wanted}, or undefined to leave the call unchanged`,
  );
}
