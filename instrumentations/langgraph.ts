// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation } from '../src/instrument/definition.ts';
import { patchReaders } from '../src/instrument/langgraph-reader.ts';
import { patchLoop, patchRuns } from '../src/instrument/langgraph-run.ts';

/* oxlint-disable typescript/no-explicit-any -- the framework's exports */

/** Most entries do not export the class that runs graphs, but one that extends it, or a function that makes one. */
function pregelIn(exports: any): any {
  const Graph = exports?.Pregel ?? exports?.CompiledStateGraph ?? exports;
  let prototype = Graph?.prototype ?? exports?.createReactAgent?.({ llm: () => undefined, tools: [] });
  // Everything that can be run has such a generator; a graph has state beside it.
  while (prototype && !Object.hasOwn(prototype, 'getState')) prototype = Object.getPrototypeOf(prototype);
  return typeof prototype?.streamEvents === 'function' ? prototype.constructor : undefined;
}

/** `@langchain/langgraph`: every run of a graph is a scope; agents of `langchain` and `deepagents` are such graphs. */
export const langgraph: Instrumentation = {
  name: 'langgraph',
  module: '@langchain/langgraph',
  entries: ['pregel', 'prebuilt', 'web'].map((path) => `@langchain/langgraph/${path}`),
  majors: [1, 1],
  seams: [],
  unseen: [
    { what: 'what a graph on a server does (`RemoteGraph`)', instead: 'Flow in that server' },
    {
      what: 'nodes and conditional edges, beside the models and tools that they call',
      instead: '`flow.scope.run` in the node',
    },
  ],
  clientIn: pregelIn,
  patch({ exports, tally }) {
    const Pregel = pregelIn(exports);
    const points: readonly (readonly [string, boolean])[] = [
      ['Pregel._streamIterator', patchRuns(Pregel, tally)],
      ['Pregel._runLoop', patchLoop(Pregel)],
    ];
    const names = (found: boolean): string[] => points.filter(([, ok]) => ok === found).map(([name]) => name);
    // These only tell how a run ended.
    const readers = patchReaders(Pregel).map((name) => `Pregel.${name}`);
    return { patched: [...names(true), ...readers], missing: names(false), client: Pregel };
  },
};
