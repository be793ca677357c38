// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from 'node:async_hooks';
import { METADATA } from '../../semconv/index.ts';
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
  readonly agent: RunAgent;
  readonly input?: unknown;
  /** Of every agent's scope: the ids of a conversation. */
  readonly metadata?: ScopeRun['metadata'];
}

/** An agent as the framework knows it: several may have one name. */
export interface RunAgent {
  readonly name: string;
  /** The framework's own object. */
  readonly identity: unknown;
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
  current: { readonly agent: RunAgent; readonly scope: ScopeHandle; said: boolean } | undefined;
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
  const { by, workflow, input } = run;
  const isOutermost = runs.getStore() === undefined;
  const metadata = { ...run.metadata, [METADATA.TRAJECTORY]: true };
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
        begin(open, run.agent, false, input);
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

/**
 * The loop says that an agent begins. The scope of the one before ends, with a mark that says to whom it has handed over: to another of its name, maybe, or to
 * itself, which only `said` by the agent tells from the same told once more.
 */
export function switchAgent(agent: RunAgent, said: boolean): void {
  const open = runs.getStore();
  if (!open) return;
  const { current } = open;
  if (current !== undefined && current.agent.identity === agent.identity && !(said && current.said)) {
    current.said ||= said;
    return;
  }
  const before = endOf(open);
  before?.mark('handoff', { data: { from: before.name, to: agent.name } });
  before?.end();
  begin(open, agent, said);
}

/** Runs a tool of the loop's: what it calls is no turn of the loop. */
export function outsideLoop<Result>(fn: () => Result): Result {
  return runs.run(null, fn);
}

function begin(open: OpenRun, agent: RunAgent, said: boolean, input?: unknown): void {
  const { by, metadata } = open.run;
  open.current = { agent, said, scope: pushScope({ by, name: agent.name, input, metadata }) };
}

function endOf(open: OpenRun): ScopeHandle | undefined {
  const scope = open.current?.scope;
  open.current = undefined;
  return scope?.ended === false ? scope : undefined;
}

function abortError(): Error {
  return Object.defineProperty(new Error('the run was aborted'), 'name', { value: 'AbortError' });
}
