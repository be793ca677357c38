// SPDX-License-Identifier: Apache-2.0
import type { ScopeHandle } from '../runtime/handle.ts';
import { runAround } from './ai-telemetry.ts';

/** By run: what ends the model call whose stream its step reads. There is one at a time. */
const leaving = new WeakMap<ScopeHandle, () => void>();

/** The run that this happens in has the stream of a model call: `leave` ends the call where nobody goes on to read. It must not hold the stream. */
export function noteModelStream(leave: () => void): void {
  const run = runAround();
  if (run !== undefined) leaving.set(run, leave);
}

/** Whoever read the run has left: so is the stream of its model. It stays as it is, for somebody may come back. */
export function leaveModelStream(run: ScopeHandle): void {
  leaving.get(run)?.();
  leaving.delete(run);
}
