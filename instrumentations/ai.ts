// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- the SDK's exports, as each major has them */
import { EXTERNAL } from './ai-sdk-provider-utils.ts';
import type { ModelUse } from '../src/instrument/ai-named.ts';
import {
  type Copy,
  manageRun,
  manageStreamRun,
  manageWrapping,
  patchAgent,
  prepareRun,
} from '../src/instrument/ai-run.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import type { Method } from '../src/instrument/replacement.ts';
import { replaceExports } from '../src/instrument/replace-exports.ts';

/** Functions that are one run each, and what they ask a model for: the scope ends with what they resolve to, or with the stream that they return. */
const RUNS: Readonly<Record<string, ModelUse>> = {
  generateText: 'steps',
  generateObject: 'once',
  embed: 'embedding',
  embedMany: 'embedding',
};
const STREAM_RUNS: Readonly<Record<string, ModelUse>> = { streamText: 'steps', streamObject: 'once' };
/** Those whose end is not to be seen: they have no scope of their own. */
const BARE_RUNS = ['experimental_streamTextLowMemory', 'experimental_streamLanguageModelCall'];
/** Those that put middleware around a model. */
const WRAPPINGS = ['wrapLanguageModel', 'wrapEmbeddingModel'];

function valuesOf(exports: any, copy: Copy): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const replace = (names: readonly string[], make: (original: Method, name: string) => unknown): void => {
    for (const name of names) if (typeof exports?.[name] === 'function') values[name] = make(exports[name], name);
  };
  replace(Object.keys(RUNS), (original, name) => manageRun(original, name, copy, RUNS[name]));
  replace(Object.keys(STREAM_RUNS), (original, name) => manageStreamRun(original, name, copy, STREAM_RUNS[name]));
  replace(BARE_RUNS, (original) => prepareRun(original, copy));
  replace(WRAPPINGS, (original) => manageWrapping(original, copy));
  return values;
}

const agentOf = (exports: any): unknown => exports?.ToolLoopAgent ?? exports?.Experimental_Agent;

/** `ai`: its runs and agents as scopes, the names of their tools, and models that do not send with the SDK's provider utilities. */
export const ai: Instrumentation = {
  name: 'ai',
  module: 'ai',
  entries: [],
  majors: [5, 7],
  seams: ['generateText', 'streamText'],
  // Other packages and applications have names that end so.
  userAgent: /^ai\/(\d\S*) .*\bai-sdk[/-]provider-utils\//,
  external: EXTERNAL,
  unseen: [
    {
      what: 'tools that the provider runs itself, that the client runs (without `execute`), or a realtime session',
      instead: 'an intercept that takes them out of the request; a guardrail in the client',
    },
    {
      what: 'tools that a tool of yours calls itself, by `execute` or as a tool caller of version 7',
      instead: '`flow.tool.wrap(name, fn)`',
    },
    {
      what: 'tools of `WorkflowAgent` (`@ai-sdk/workflow`), and `callTool` of an `@ai-sdk/mcp` client that an application calls itself',
      instead: '`ToolLoopAgent`; `flow.tool.wrap(name, fn)`',
    },
    {
      what: '`generateImage`, `generateSpeech`, `transcribe`, `rerank`, and `experimental_` functions for videos, decisions, evaluations, extractions, streams of sound, batches and realtime sessions',
      instead: '`flow.llm.execute` around the call',
    },
    {
      what: 'the first call of a class of models that sends past the provider utilities (a copy of them inside its package, `fetch`, a path that is not known); the next are managed',
      instead: '`FLOW_UNPATCHED=refuse` has the first one managed, too',
    },
    {
      what: 'models of that kind, and models of your own, whose `doGenerate`, `doStream` or `doEmbed` is called by other code than the SDK',
      instead: '`flow.llm.execute` around the call',
    },
  ],
  clientIn: (exports) => (typeof exports?.streamText === 'function' ? agentOf(exports) : undefined),
  patch({ exports, version, format, tally }) {
    const copy: Copy = { by: 'ai', major: Number.parseInt(version, 10) || 7, tally };
    const values = valuesOf(exports, copy);
    const given = replaceExports(exports, values);
    // Out of a bundle nobody takes what we give in the place of the exports.
    const isGiven = given === exports || format !== 'bundled';
    const replaced = isGiven ? Object.keys(values) : [];
    const agents = patchAgent(agentOf(exports), copy) ? ['Agent.generate'] : [];
    const missing = ['generateText', 'streamText'].filter((name) => !replaced.includes(name));
    if (agents.length === 0) missing.push('Agent.generate');
    return { patched: [...replaced, ...agents], missing, client: undefined, exports: given };
  },
};
