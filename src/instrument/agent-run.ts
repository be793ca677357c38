// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from 'node:async_hooks';
import { getRuntime } from '../api/runtime.ts';
import type { ScopeHandle } from '../runtime/handle.ts';
import { type ScopeRun, pushScope, startScope } from './scope-run.ts';

/** One run of a framework that hands over from agent to agent in a loop of its own. */
export interface AgentRun {
  /** Short name of the instrumentation. */
  readonly by: string;
  /** What the framework calls the whole. */
  readonly workflow: string;
  /** The agent that begins. */
  readonly agent: string;
  readonly input?: unknown;
  /** Of every agent's scope: the ids of a conversation. */
  readonly metadata?: ScopeRun['metadata'];
}

/** What the framework's run has come to. */
export interface AgentOutcome {
  readonly output?: unknown;
  /** Where it goes on after the call that began it: settles when it is over. */
  readonly completed?: Promise<unknown> | undefined;
  /** Asked then. */
  readonly later?: () => AgentOutcome;
  readonly aborted?: boolean;
}

interface OpenRun {
  readonly run: AgentRun;
  current: { readonly name: string; readonly scope: ScopeHandle } | undefined;
}

/** The run whose loop this is; null inside of its tools, and what they run. */
const runs = new AsyncLocalStorage<OpenRun | null>();

/**
 * Runs the framework's loop: the whole is a scope of type `function`, and the agents' are in it, one after the other. What a tool runs has no scope for the
 * whole: its agents are in the tool's. The promise settles as the framework's does, when the scopes of what is over have ended.
 */
export async function runAgents<Result>(
  run: AgentRun,
  loop: () => Promise<Result>,
  outcomeOf: (result: Result) => AgentOutcome,
): Promise<Result> {
  const open: OpenRun = { run, current: undefined };
  const { by, workflow, input, metadata } = run;
  const isOutermost = runs.getStore() === undefined;
  const whole = isOutermost ? startScope({ by, name: workflow, type: 'function', input, metadata }) : undefined;
  const finish = (outcome: AgentOutcome): void => {
    if (outcome.aborted === true) return failed(abortError());
    const { output } = outcome;
    endOf(open)?.end({ output });
    if (whole?.ended === false) whole.end({ output });
  };
  const failed = (error: unknown): void => {
    endOf(open)?.fail(error);
    if (whole?.ended === false) whole.fail(error);
  };
  // A branch of its own, on which agents take the place of each other, also when a stream goes on after the call.
  const { capture } = getRuntime().flow.scope;
  const branch = whole === undefined ? capture() : whole.run(capture);
  try {
    const result = await branch.run(() =>
      runs.run(open, () => {
        begin(open, run.agent, input);
        return loop();
      }),
    );
    const outcome = outcomeOf(result);
    if (outcome.completed === undefined) finish(outcome);
    else outcome.completed.then(() => finish(outcome.later?.() ?? {}), failed);
    return result;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** The loop goes on with this agent. The scope of the one before ends, with a mark that says to whom it has handed over. */
export function switchAgent(name: string): void {
  const open = runs.getStore();
  if (!open || open.current?.name === name) return;
  const before = endOf(open);
  before?.mark('handoff', { data: { from: before.name, to: name } });
  before?.end();
  begin(open, name);
}

/** Runs a tool of the loop's: what it calls is no turn of the loop. */
export function outsideLoop<Result>(fn: () => Result): Result {
  return runs.run(null, fn);
}

function begin(open: OpenRun, name: string, input?: unknown): void {
  const { by, metadata } = open.run;
  open.current = { name, scope: pushScope({ by, name, input, metadata }) };
}

function endOf(open: OpenRun): ScopeHandle | undefined {
  const scope = open.current?.scope;
  open.current = undefined;
  return scope?.ended === false ? scope : undefined;
}

function abortError(): Error {
  return Object.defineProperty(new Error('the run was aborted'), 'name', { value: 'AbortError' });
}
