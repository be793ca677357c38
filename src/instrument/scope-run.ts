// SPDX-License-Identifier: Apache-2.0
import type { ScopeOptions } from '../api/scope.ts';
import { getRuntime } from '../api/runtime.ts';
import type { ScopeType } from '../atof/event.ts';
import type { ScopeHandle } from '../runtime/handle.ts';

/** What a framework runs that is neither a model call nor a tool: an agent, a graph, a function of the application's. */
export interface ScopeRun {
  /** Short name of the instrumentation. */
  readonly by: string;
  /** The framework's own name for it. */
  readonly name: string;
  /** Default `agent`. */
  readonly type?: ScopeType;
  readonly input?: unknown;
  /** `session_id`, `conversation_id` or `thread_id` become `gen_ai.conversation.id`. */
  readonly metadata?: Readonly<Record<string, string | boolean>> | undefined;
  /** False where the SDK makes a span of its own for it. */
  readonly spans?: boolean;
}

/** `flow.scope.run` for it: what the function returns, exactly, and the scope ends when that has settled, unless `fn` has ended it with an output. */
export function runScope<Result>(run: ScopeRun, fn: (scope: ScopeHandle) => Result): Result {
  return getRuntime().flow.scope.run(run.name, optionsOf(run), fn);
}

/** `flow.scope.start` for it: for what goes on after the call that began it, such as a stream. Whoever starts it has to end it. */
export function startScope(run: ScopeRun): ScopeHandle {
  return getRuntime().flow.scope.start(run.name, optionsOf(run));
}

/** `flow.scope.push` for it: for a loop that goes on, in one function, with something else. Whoever pushes it has to end it. */
export function pushScope(run: ScopeRun): ScopeHandle {
  return getRuntime().flow.scope.push(run.name, optionsOf(run));
}

function optionsOf({ by, type = 'agent', input, metadata, spans: wanted = true }: ScopeRun): ScopeOptions {
  const spans = wanted && getRuntime().internals.settings.hasSpans(by);
  const options: ScopeOptions & { readonly spans: boolean } = { type, input, metadata, spans };
  return options;
}
