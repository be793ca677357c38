// SPDX-License-Identifier: Apache-2.0
import { type Context, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { FlowError } from '../errors.ts';
import type { RunningMiddleware } from '../pipeline/registry.ts';
import { type Frame, isCarriedBy, bindFrame, readFrame, writeFrame } from './carrier.ts';
import { withSpan } from './flow-context.ts';
import { type Scope, createRoot } from './scope.ts';

/** The implicit root of every stack that was not begun by `isolate`. */
export const processRoot: Scope = createRoot(false);
const processFrame: Frame = { scope: processRoot, running: undefined, quiet: false, pushed: undefined };

/** The frame in force: that of the asynchronous flow, else that of the process. */
export function currentFrame(): Frame {
  return readFrame() ?? processFrame;
}

/** The innermost open scope of a frame: the last pushed one, else the one that was entered. */
export function topOf(frame: Frame): Scope {
  const { pushed } = frame;
  // What was ended by hand has left the branch with that.
  while (pushed?.at(-1)?.ended === true) pushed.pop();
  return pushed?.at(-1) ?? frame.scope;
}

/** The OTel context in which the frame's next span of ours opens: ours is the parent unless the application opened a span since. */
export function parentContext(frame: Frame, parent: Scope, active: Context): Context {
  if (parent.span === undefined) return active;
  const activeSpan = trace.getSpan(active);
  if (activeSpan === parent.span) return active;
  // What the application had open at the push may be left by now: then what the frame entered is active again.
  const oursIsInner = parent.detached
    ? activeSpan === parent.spanAround || activeSpan === frame.scope.span
    : !isCarriedBy(active, frame.scope);
  return oursIsInner ? withSpan(active, parent.span) : active;
}

/** Runs the function inside the scope: it is current there, and its span is active. */
export function enter<Result>(scope: Scope, fn: () => Result, from: Frame = currentFrame()): Result {
  return writeFrame(inside(scope, from), onSpanOf(scope), fn);
}

/**
 * The context with the scope's span on top. Where it lies inside the scope already it stays as it is: a span that the application has opened in
 * there is not left.
 */
export function contextIn(scope: Scope, active: Context = context.active()): Context {
  return scope.span === undefined || isCarriedBy(active, scope) ? active : withSpan(active, scope.span);
}

/** {@link enter} from wherever that is by now: a span that the application has opened inside the scope stays the active one. */
export function enterFrom<Result>(scope: Scope, from: Frame, fn: () => Result): Result {
  return writeFrame(inside(scope, from), contextIn(scope), fn);
}

/** {@link enter} for many steps of one piece of work: each runs where this was called, whoever asks for it. */
export function bindTo(scope: Scope, from: Frame): <Result>(fn: () => Result) => Result {
  return bindFrame(inside(scope, from), contextIn(scope));
}

const inside = (scope: Scope, { running, quiet }: Frame): Frame => ({ scope, running, quiet, pushed: undefined });
const onSpanOf = (scope: Scope): Context =>
  scope.span === undefined ? context.active() : withSpan(context.active(), scope.span);

/** Runs the function marked as the given middleware, in the scope. */
export function enterMiddleware<Result>(
  scope: Scope,
  running: RunningMiddleware,
  quiet: boolean,
  fn: () => Result,
): Result {
  return writeFrame({ scope, running, quiet, pushed: undefined }, contextIn(scope), fn);
}

/** Runs the function so that nothing in it is observed: no span, no event. Middleware still applies. */
export function enterQuiet<Result>(fn: () => Result): Result {
  const { scope, running } = currentFrame();
  return writeFrame({ scope, running, quiet: true, pushed: undefined }, context.active(), fn);
}

/** {@link enterQuiet} away from wherever this is called: on the process's own stack, with no middleware running. */
export function enterAside<Result>(fn: () => Result): Result {
  return writeFrame({ scope: processRoot, running: undefined, quiet: true, pushed: undefined }, ROOT_CONTEXT, fn);
}

/** Runs the function on a stack of its own. Starts no trace: the active span stays. */
export function isolate<Result>(fn: () => Result, rootUuid?: string): Result {
  const { running, quiet } = currentFrame();
  return writeFrame({ scope: createRoot(true, rootUuid), running, quiet, pushed: undefined }, context.active(), fn);
}

/** Puts the scope on top of the frame's branch. */
export function push(frame: Frame, scope: Scope): void {
  if (frame.pushed === undefined) frame.onPush?.();
  (frame.pushed ??= []).push(scope);
}

/** Takes the scope off the top of the nearest branch that holds it; anything else is an error and changes nothing. */
export function pop(frame: Frame, scope: Scope): void {
  if (scope.isRoot) throw new FlowError('FLOW_SCOPE_IS_ROOT', 'the root scope cannot be popped');
  if (scope.ended) throw new FlowError('FLOW_SCOPE_CLOSED', `scope '${scope.name}' has already ended`);
  const top = topOf(frame) === frame.scope ? undefined : topOf(frame);
  if (top !== scope)
    throw new FlowError(
      'FLOW_SCOPE_NOT_TOP',
      `scope '${scope.name}' is not the innermost pushed scope here (${top === undefined ? 'nothing is pushed in this run' : `that is '${top.name}'`}); pop in reverse order, in the callback that pushed`,
    );
  frame.pushed?.pop();
}
