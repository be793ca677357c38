// SPDX-License-Identifier: Apache-2.0
import type { Scope } from '../scope/scope.ts';
import { type Slot, createSlot } from '../scope/slot.ts';
import type { Call } from './call.ts';

/** What an agent itself did during one invocation: what agents beneath it do is theirs. */
export interface AgentCalls {
  inferences: number;
  tools: number;
}

const calls: Slot<AgentCalls> = createSlot('agent calls');
const counted: Slot<true> = createSlot('counted');

/** True where the scope is an inference or a tool run of its own: not where an intercept answered, or only made attempts. */
export function isMade(scope: Scope): boolean {
  return scope.call === undefined || (scope.call as Call).own !== undefined;
}

/** Counts a call for its agent when it opens, because a stream may outlive the agent. */
export function countOpened(scope: Scope): void {
  if (kindOf(scope) === undefined || !isMade(scope)) return;
  counted.set(scope, true);
  count(scope, 1);
}

/** Corrects the count when it is known whether the call was made. */
export function countClosed(scope: Scope): void {
  const made = isMade(scope);
  if (kindOf(scope) === undefined || (counted.get(scope) === true) === made) return;
  count(scope, made ? 1 : -1);
}

/** What the agent did so far. */
export function callsOf(agent: Scope): AgentCalls {
  return calls.get(agent) ?? { inferences: 0, tools: 0 };
}

/** The agent in which the scope was opened. */
export function agentOf(scope: Scope): Scope | undefined {
  for (let { parent } = scope; parent !== undefined; { parent } = parent)
    if (parent.type === 'agent' && !parent.isRoot) return parent;
  return undefined;
}

function count(scope: Scope, by: number): void {
  const agent = agentOf(scope);
  const kind = kindOf(scope);
  if (agent === undefined || kind === undefined) return;
  const counts = callsOf(agent);
  counts[kind] += by;
  calls.set(agent, counts);
}

function kindOf({ call, type }: Scope): keyof AgentCalls | undefined {
  if (type === 'tool') return 'tools';
  return call?.kind === 'llm' && call.codec?.operation !== 'embeddings' && type !== 'embedder'
    ? 'inferences'
    : undefined;
}
