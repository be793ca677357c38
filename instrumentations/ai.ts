// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- the SDK's exports, as each major has them */
import { noteWrapped } from '../src/instrument/ai-model.ts';
import { type Copy, manageRun, manageStreamRun, patchAgent, prepareRun } from '../src/instrument/ai-run.ts';
import type { Instrumentation } from '../src/instrument/definition.ts';
import type { Method } from '../src/instrument/patch-method.ts';
import { replaceExports } from '../src/instrument/replace-exports.ts';

/** Functions that are one run each: the scope ends with what they resolve to, or with the stream that they return. */
const RUNS = ['generateText', 'generateObject', 'embed', 'embedMany'];
const STREAM_RUNS = ['streamText', 'streamObject'];
/** Those whose end is not to be seen: they have no scope of their own. */
const BARE_RUNS = ['experimental_streamTextLowMemory'];

function noting(original: Method): Method {
  return function wrapLanguageModel(this: any, options: any, ...rest: any[]) {
    const wrapped = original.call(this, options, ...rest);
    noteWrapped(wrapped, options?.model);
    return wrapped;
  };
}

function valuesOf(exports: any, copy: Copy): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const replace = (names: readonly string[], make: (original: Method, name: string) => unknown): void => {
    for (const name of names) if (typeof exports?.[name] === 'function') values[name] = make(exports[name], name);
  };
  replace(RUNS, (original, name) => manageRun(original, name, copy));
  replace(STREAM_RUNS, (original, name) => manageStreamRun(original, name, copy));
  replace(BARE_RUNS, (original) => prepareRun(original, copy));
  replace(['wrapLanguageModel'], noting);
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
      what: 'embeddings and images of models that do not send with the provider utilities of the SDK',
      instead: '`flow.llm.execute` around the call',
    },
    {
      what: 'the first call of a class of models that sends past the provider utilities (a copy of them inside its package, a path that is not known); the next are managed',
      instead: '`FLOW_UNPATCHED=refuse` has the first one managed, too',
    },
    {
      what: 'a model of your own that is given by its name',
      instead: 'the model itself, or `flow.llm.execute` around the call',
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
