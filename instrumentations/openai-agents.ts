// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- the framework's exports and private objects */
import { observeGuardrail } from '../src/instrument/agent-guardrail.ts';
import { type AgentOutcome, type RunAgent, runAgents, switchAgent } from '../src/instrument/agent-run.ts';
import { manageInvocation, manageTool, noteFailures } from '../src/instrument/agent-tools.ts';
import type { Instrumentation, LoadedPackage } from '../src/instrument/definition.ts';
import { patchMethod } from '../src/instrument/patch-method.ts';
import { tellRefusal } from '../src/instrument/refusal-cause.ts';
import { isReplaced, replaceFunctions } from '../src/instrument/replace-functions.ts';

const by = 'openai-agents';

/** `run`, `Runner`, streams: the whole, and each agent in it. */
function patchRunner({ Runner, StreamedRunResult }: any, tally: LoadedPackage['tally']): boolean {
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
function patchEvents({ Agent }: any): boolean {
  return patchMethod(Agent, 'emit', (original) => {
    return function emit(this: any, type: any, ...args: any[]) {
      const agent = args[1];
      if (type === 'agent_start' && typeof agent?.name === 'string') switchAgent(known(agent), agent === this);
      return original.call(this, type, ...args);
    };
  });
}

/** Where the loop's own function cannot be replaced, in a bundle or in older versions, it gets copies of the tools. */
function patchTools({ Agent, invokeFunctionTool }: any, tally: LoadedPackage['tally']): boolean {
  if (isReplaced(invokeFunctionTool)) return true;
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

/** The package's own files, whose functions its loop imports from there. */
const INTERNAL = /\/dist\/(?:tool|guardrail)(?:\.m?js)?$/;

function patchFile(exports: any, tally: LoadedPackage['tally']): void {
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

/** `@openai/agents`: runs and their agents, function tools, guardrails. Model calls are those of `openai` beneath. */
export const openaiAgents: Instrumentation = {
  name: by,
  module: '@openai/agents-core',
  entries: [],
  // By `import`, and, without an extension, by `require`.
  internals: ['tool', 'guardrail'].flatMap((file) =>
    ['', '.mjs'].map((extension) => `@openai/agents-core/dist/${file}${extension}`),
  ),
  majors: [0, 0],
  seams: ['function tools'],
  unseen: [
    {
      what: 'tools that OpenAI runs (web search, file search, code interpreter, hosted MCP, hosted shell)',
      instead: 'an intercept that takes them out of the request',
    },
    {
      what: '`computerTool`, `applyPatchTool` and `shellTool`, which the framework runs here',
      instead: 'a function tool, or `flow.tool.wrap` around what they are given',
    },
    { what: 'models given as objects whose SDK is not patched', instead: '`flow.llm.execute` in `getResponse`' },
    { what: 'responses over WebSocket, realtime and voice agents', instead: 'HTTP, which is the default' },
    { what: 'agents as tools in a bundle: their runs are seen, but no call of a tool', instead: 'keep it external' },
  ],
  clientIn: (exports) =>
    typeof exports?.Runner?.prototype?.run === 'function' && typeof exports.Agent?.prototype?.getAllTools === 'function'
      ? exports.Agent
      : undefined,
  patch({ exports, name, tally }) {
    if (INTERNAL.test(name)) {
      patchFile(exports, tally);
      return { patched: [], missing: [], client: undefined };
    }
    const points: readonly (readonly [string, boolean])[] = [
      ['function tools', patchTools(exports, tally)],
      ['Runner.run', patchRunner(exports, tally)],
      ['Agent.emit', patchEvents(exports)],
    ];
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([point]) => point);
    const patched = [...names(true), ...(isReplaced(exports?.defineOutputGuardrail) ? ['guardrails'] : [])];
    return { patched, missing: names(false), client: exports?.Agent };
  },
};
