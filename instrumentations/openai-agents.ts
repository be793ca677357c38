// SPDX-License-Identifier: Apache-2.0
import { patchAgentFile, patchAgentRuns, patchAgentTools, patchEvents } from '../src/instrument/agent-patches.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import { isReplacement } from '../src/instrument/replacement.ts';

const by = 'openai-agents';

/** The package's own files, whose functions its loop imports from there. */
const INTERNAL = /\/dist\/(?:tool|guardrail)(?:\.m?js)?$/;

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
  userAgent: /^Agents\/JavaScript (\S+)/,
  external: '`@openai/agents`',
  unseen: [
    {
      what: 'tools that OpenAI runs (web search, file search, code interpreter, hosted MCP, hosted shell)',
      instead: 'an intercept that takes them out of the request',
    },
    {
      what: '`computerTool`, `applyPatchTool` and `shellTool`, which the framework runs here',
      instead: 'a function tool, or `flow.tool.wrap` around what they are given',
    },
    {
      what: '`onHandoff` and the input of a handoff, and `execute` of a tool search that the client runs',
      instead: 'a guardrail on the model call that asks for it; `flow.tool.wrap` around the function',
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
      patchAgentFile(exports, { by, tally });
      return { patched: [], missing: [], client: undefined };
    }
    const points: readonly (readonly [string, boolean])[] = [
      ['function tools', patchAgentTools(exports, { by, tally })],
      ['Runner.run', patchAgentRuns(exports, { by, tally })],
      ['Agent.emit', patchEvents(exports)],
    ];
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([point]) => point);
    const patched = [...names(true), ...(isReplacement(exports?.defineOutputGuardrail) ? ['guardrails'] : [])];
    return { patched, missing: names(false), client: exports?.Agent };
  },
};
