// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT, context } from '@opentelemetry/api';
import type { RunningMiddleware } from '../pipeline/registry.ts';
import { FRAME, withFrame, withTracingSuppressed } from './flow-context.ts';
import type { Scope } from './scope.ts';

/** What travels with the asynchronous flow: one immutable object, but for the stack of pushed scopes that belongs to it. */
export interface Frame {
  /** The scope that `run`, `isolate`, a call or `capture` entered. */
  readonly scope: Scope;
  /** Middleware that is running on this path. */
  readonly running: RunningMiddleware | undefined;
  /** Set inside subscribers, sanitizers and exporters: nothing done there is observed again. */
  readonly quiet: boolean;
  /** Scopes pushed inside this frame's callback, innermost last. */
  pushed: Scope[] | undefined;
  /** Called before the first push. */
  onPush?: () => void;
}

const store = new AsyncLocalStorage<Frame | undefined>();
let propagates = false;

/** The frame of the current asynchronous flow, or undefined where nothing was entered. */
export function readFrame(): Frame | undefined {
  return (context.active().getValue(FRAME) as Frame | undefined) ?? store.getStore();
}

/** True when the OTel context lies inside the scope, so that its span is the right parent for ours. */
export function isCarriedBy(active: Context, scope: Scope): boolean {
  return (active.getValue(FRAME) as Frame | undefined)?.scope === scope;
}

/**
 * Runs the function with the frame as the current one, on top of the given OTel context. By OTel Context where a context manager
 * propagates it, else by our own store; whether it propagates is probed at each write until it first does.
 */
export function writeFrame<Result>(frame: Frame, base: Context, fn: () => Result): Result {
  const next = contextWith(frame, base);
  if (propagates) return context.with(next, fn);
  return context.with(next, () => {
    if (context.active().getValue(FRAME) === frame) {
      propagates = true;
      return fn();
    }
    return store.run(frame, fn);
  });
}

function contextWith(frame: Frame, base: Context): Context {
  const next = withFrame(base, frame);
  return frame.quiet ? withTracingSuppressed(next) : next;
}

/**
 * {@link writeFrame} once for many functions: each runs in the asynchronous context of this place, whoever calls it. Where contexts are kept
 * in async local storage, which is nearly everywhere, that whole context is kept at once and costs little to come back to.
 */
export function bindFrame(frame: Frame, base: Context): <Result>(fn: () => Result) => Result {
  const kept = writeFrame(frame, base, () => AsyncLocalStorage.snapshot());
  // Asked from outside: where this is called the frame may be the current one anyway.
  if (context.with(ROOT_CONTEXT, () => kept(readFrame)) === frame) return kept as <Result>(fn: () => Result) => Result;
  return (fn) => writeFrame(frame, base, fn);
}
