// SPDX-License-Identifier: Apache-2.0
import { isObject } from '../codecs/read.ts';
import { toText } from './content.ts';
import { dataOf, retriedBy, type Scope } from './scopes.ts';
import { type CallDraft, draftCall, type StepDraft } from './step-draft.ts';
import type { Head } from './told.ts';
import type { SubagentTrajectoryRef } from './trajectory.ts';

/** The reference from a parent's result to the embedded trajectory of the agent that it started. */
export function refTo(agent: Scope, { trajectoryId, sessionId }: Head): SubagentTrajectoryRef {
  return { trajectory_id: trajectoryId, session_id: sessionId, extra: { name: agent.name, scope_uuid: agent.uuid } };
}

/** The step of a parent whose code started an agent that no model had asked for: a call made up for it carries the reference. */
export function delegation(agent: Scope, micros: number, ref: SubagentTrajectoryRef): StepDraft {
  const input = dataOf(agent.start);
  const origin = {
    event_name: agent.name,
    event_uuid: agent.uuid,
    ...(agent.parentUuid === null ? {} : { parent_event_uuid: agent.parentUuid }),
  };
  const call: CallDraft = draftCall(
    { id: `subagent:${agent.uuid}`, name: agent.name, arguments: isObject(input) ? input : {} },
    '',
    origin,
  );
  const output = dataOf(agent.end);
  if (output !== null) call.own = { content: toText(output), extra: origin };
  call.refs.push(ref);
  return { micros, fields: { source: 'agent', message: '', llm_call_count: 0 }, extra: {}, calls: [call] };
}

/** The tool that started this agent, if one did: the nearest around it, not looking beyond the agent's parent agent. */
export function startedBy(agent: Scope, scopes: ReadonlyMap<string, Scope>): Scope | undefined {
  const seen = new Set<Scope>();
  for (let around = parentOf(agent, scopes); around && around.category !== 'agent'; around = parentOf(around, scopes)) {
    // A broken stream may hold a circle of parents.
    if (seen.has(around)) return undefined;
    seen.add(around);
    if (around.category === 'tool' && !retriedBy(around, scopes)) return around;
  }
  return undefined;
}

/**
 * Tells in which agent's trajectory belongs what has this parent. Undefined is the outermost trajectory: agents that are in no
 * other agent tell their steps there.
 */
export function ownership(scopes: ReadonlyMap<string, Scope>): (parentUuid: string | null) => Scope | undefined {
  const around = new Map<Scope, Scope | undefined>();

  function agentAround(scope: Scope): Scope | undefined {
    const path: Scope[] = [];
    let current: Scope | undefined = scope;
    let agent: Scope | undefined;
    while (current) {
      if (around.has(current)) {
        agent = around.get(current);
        break;
      }
      path.push(current);
      around.set(current, undefined);
      current = parentOf(current, scopes);
      if (current?.category === 'agent') {
        agent = current;
        break;
      }
    }
    for (const step of path) around.set(step, agent);
    return agent;
  }

  return (parentUuid) => {
    const parent = parentUuid === null ? undefined : scopes.get(parentUuid);
    const agent = parent?.category === 'agent' ? parent : parent && agentAround(parent);
    return agent && agentAround(agent) ? agent : undefined;
  };
}

/** The innermost agent around a scope, as far as is known. */
export function agentAround(scope: Scope, scopes: ReadonlyMap<string, Scope>): Scope | undefined {
  let around = parentOf(scope, scopes);
  // Bounded: a broken stream may hold a circle of parents.
  for (let left = scopes.size; around && around.category !== 'agent' && left > 0; left--)
    around = parentOf(around, scopes);
  return around?.category === 'agent' ? around : undefined;
}

function parentOf(scope: Scope, scopes: ReadonlyMap<string, Scope>): Scope | undefined {
  const parent = scope.parentUuid === null ? undefined : scopes.get(scope.parentUuid);
  return parent === scope ? undefined : parent;
}
