// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import type { ScopeHandle } from '../runtime/handle.ts';
import type { LoadedPackage } from './definition.ts';
import { plainState } from './langchain-messages.ts';
import { readersOf } from './langgraph-reader.ts';
import { patchMethod } from './patch-method.ts';
import { runScope } from './scope-run.ts';

const runs = new WeakSet<ScopeHandle>();

/** The generator in which every run of a graph goes on, however it was started: one scope. */
export function patchRuns(Pregel: any, tally: LoadedPackage['tally']): boolean {
  if (Pregel === undefined || !Object.hasOwn(Pregel.prototype, '_streamIterator')) return false;
  return patchMethod(Pregel, '_streamIterator', (original) => {
    return function _streamIterator(this: any, input: any, options: any, ...rest: any[]) {
      tally.calls++;
      return runScope({ by: 'langgraph', ...describe(this, options), input: plainState(input) }, (scope) => {
        runs.add(scope);
        getRuntime().internals.readWhileRunning(scope, { signal: options?.signal, readers: readersOf(this) });
        return original.call(this, input, options, ...rest);
      });
    };
  });
}

/** The loop beneath, which has the state that the run ends with; the stream that is read may be of parts only. Over is the run when that is. */
export function patchLoop(Pregel: any): boolean {
  return patchMethod(Pregel, '_runLoop', (original) => {
    return async function _runLoop(this: any, params: any, ...rest: any[]) {
      const scope = getRuntime().flow.scope.current();
      const isRun = runs.has(scope);
      try {
        const result: unknown = await original.call(this, params, ...rest);
        if (isRun && !scope.ended) scope.end({ output: plainState(params?.loop?.output) });
        return result;
      } catch (error) {
        if (isRun && !scope.ended) {
          noteHandoff(scope, error);
          endFailed(scope, error, params?.config?.signal);
        }
        throw error;
      }
    };
  });
}

/** What a signal has stopped: by whom it was, and why, only the signal says. A deadline is no one's leaving. */
function endFailed(scope: ScopeHandle, error: unknown, signal: AbortSignal | undefined): void {
  const isStopped = signal?.aborted === true && isOfAbort(error, signal.reason);
  const reason: unknown = isStopped ? signal.reason : undefined;
  const isSaid = reason instanceof Error || typeof reason === 'string';
  const follows = isStopped && (reason as { name?: unknown } | undefined)?.name !== 'TimeoutError';
  // Without a signal of its own a run follows those around it.
  const isGivenUp = signal?.aborted !== true && isOfAbort(error, undefined);
  getRuntime().internals.failFollowing(scope, isSaid ? reason : error, follows ? signal : undefined, isGivenUp);
}

/** A run may have failed before it was stopped, and only end then, or stop by what its nodes make of that: by writing to a stream that is closed, too. */
function isOfAbort(error: any, reason: unknown): boolean {
  if (error === reason || error?.code === 'ABORT_ERR' || error?.code === 'ERR_INVALID_STATE') return true;
  if (error instanceof AggregateError) return error.errors.every((each) => isOfAbort(each, reason));
  const { name, message } = error ?? {};
  if (name === 'AbortError' || error?.constructor?.name === 'APIUserAbortError') return true;
  // The errors that the framework makes have nothing but that.
  return name === 'Error' && (message === 'Abort' || message === 'Aborted' || message === reason);
}

/** An agent may leave by telling the graph above to go on with another node. */
function noteHandoff(scope: ScopeHandle, error: any): void {
  const targets: any[] = [error?.name === 'ParentCommand' ? error.command?.goto : undefined].flat();
  // A name, or a `Send` with the state that is to be given to it.
  for (const to of targets.map((target) => target?.node ?? target))
    if (typeof to === 'string') scope.mark('handoff', { data: { from: scope.name, to } });
}

/** Named after the agent or graph; a graph without a name inside of another after the node that it is. */
function describe(
  graph: any,
  options: any,
): { name: string; type: 'agent' | 'function'; metadata?: Record<string, string> } {
  const { configurable, metadata } = options ?? {};
  const node: unknown = configurable?.checkpoint_ns ? metadata?.langgraph_node : undefined;
  const own: unknown = graph.name;
  const isNamed = typeof own === 'string' && own !== '';
  const name = isNamed ? own : typeof node === 'string' ? node : String(graph.getName?.() ?? 'LangGraph');
  // Of this run, or bound to the graph by `withConfig`.
  const thread: unknown = configurable?.thread_id ?? graph.config?.configurable?.thread_id;
  return {
    name,
    type: isNamed || node === undefined ? 'agent' : 'function',
    ...(typeof thread === 'string' && thread !== '' && { metadata: { thread_id: thread } }),
  };
}
