// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- the framework's exports and private objects */
import { observeGuardrail } from './agent-guardrail.ts';
import { type AgentOutcome, type RunAgent, runAgents, switchAgent } from './agent-run.ts';
import { manageInvocation, manageTool, noteFailures } from './agent-tools.ts';
import type { LoadedPackage } from './definition.ts';
import { patchMethod } from './patch-method.ts';
import { tellRefusal } from './refusal-cause.ts';
import { replaceFunctions } from './replace-functions.ts';
import { isReplacement } from './replacement.ts';

/** By whom calls are told, and where they are counted. */
interface Patching {
  readonly by: string;
  readonly tally: LoadedPackage['tally'];
}

/** `run`, `Runner`, streams: the whole, and each agent in it. */
export function patchAgentRuns({ Runner, StreamedRunResult }: any, { by, tally }: Patching): boolean {
  patchMethod(StreamedRunResult, '_raiseError', (original) => {
    return function _raiseError(this: any, error: any, ...rest: any[]) {
      return original.call(this, withCause(error), ...rest);
    };
  });
  return patchMethod(Runner, 'run', (original) => {
    return async function run(this: any, agent: any, input: any, ...rest: any[]) {
      tally.calls++;
      const state = input?._currentAgent === undefined ? undefined : input;
      const begun = {
        by,
        workflow: textOr(this.config?.workflowName, 'Agent workflow'),
        agent: known(state?._currentAgent ?? agent),
        input: state === undefined ? input : undefined,
        metadata: conversationOf(this.config, rest[0], state),
      };
      try {
        return await runAgents(begun, () => original.call(this, agent, input, ...rest), outcomeOf);
      } catch (error) {
        throw withCause(error);
      }
    };
  });
}

/** Agents and runners tell that an agent begins before they ask its model. */
export function patchEvents({ Agent }: any): boolean {
  return patchMethod(Agent, 'emit', (original) => {
    return function emit(this: any, type: any, ...args: any[]) {
      const agent = args[1];
      if (type === 'agent_start' && typeof agent?.name === 'string') switchAgent(known(agent), agent === this);
      return original.call(this, type, ...args);
    };
  });
}

/** Where the loop's own function cannot be replaced, in a bundle or in older versions, it gets copies of the tools. */
export function patchAgentTools({ Agent, invokeFunctionTool }: any, { by, tally }: Patching): boolean {
  if (isReplacement(invokeFunctionTool)) return true;
  return patchMethod(Agent, 'getAllTools', (original) => {
    return async function getAllTools(this: any, ...args: any[]) {
      const tools = await original.apply(this, args);
      // Later versions know an agent that is a tool by its identity: without it, approvals inside of it fail.
      const isKept = (tool: any): boolean => invokeFunctionTool !== undefined && typeof tool.on === 'function';
      const isManaged = (tool: any): boolean => tool?.type === 'function' && !isKept(tool);
      return tools.map((tool: any) => (isManaged(tool) ? manageTool(tool, { by, tally }) : tool));
    };
  });
}

/** The functions of its own files that the loop imports from there. */
export function patchAgentFile(exports: any, { by, tally }: Patching): void {
  replaceFunctions(exports, {
    invokeFunctionTool: (original) => manageInvocation(original, { by, tally }),
    tool: noteFailures,
    defineInputGuardrail: (original) => observeGuardrail(original, by, 'input'),
    defineOutputGuardrail: (original) => observeGuardrail(original, by, 'output'),
  });
}

function outcomeOf(result: any): AgentOutcome {
  const outcome = (): AgentOutcome => {
    const step = result?.state?._currentStep;
    const isFinal = step?.type === 'next_step_final_output';
    return isFinal ? { output: step.output } : { aborted: result?.cancelled === true };
  };
  const { completed } = result ?? {};
  return completed instanceof Promise ? { completed, later: outcome } : outcome();
}

function conversationOf(config: any, options: any, state: any): Record<string, string> | undefined {
  const conversation = options?.conversationId ?? state?._conversationId;
  if (typeof conversation === 'string') return { conversation_id: conversation };
  const session = sessionOf(options);
  if (typeof session === 'string') return { session_id: session };
  return typeof config?.groupId === 'string' ? { thread_id: config.groupId } : undefined;
}

// Not asked for by its method: that may go to a server.
function sessionOf(options: any): unknown {
  try {
    return options?.session?.sessionId;
  } catch {
    return undefined;
  }
}

/** The framework keeps what a tool or a guardrail threw under another name. */
function withCause(error: any): any {
  tellRefusal(error, error?.error);
  return error;
}

const known = (agent: any): RunAgent => ({ name: textOr(agent?.name, 'agent'), identity: agent });

const textOr = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;
