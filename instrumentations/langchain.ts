// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation, LoadedPackage, PatchReport } from '../src/instrument/definition.ts';
import { patchModels } from '../src/instrument/langchain-model.ts';
import { patchRetry } from '../src/instrument/langchain-retry.ts';
import { patchTools } from '../src/instrument/langchain-tool.ts';

/* oxlint-disable typescript/no-explicit-any -- the framework's exports */

/** Classes of models, and all that derive from them, whose requests pass the seam of an SDK that Flow patches. */
const SEAM_BENEATH: ReadonlySet<string> = new Set(['ChatOpenAI', 'ChatAnthropic']);

const CORE = '@langchain/core';

function report(client: unknown, points: Readonly<Record<string, boolean>>): PatchReport {
  const names = (found: boolean): string[] => Object.keys(points).filter((name) => points[name] === found);
  return { patched: names(true), missing: names(false), client: typeof client === 'function' ? client : undefined };
}

/** The class above all tools or models, from the exports, or from a class that an application has. */
function classIn(exports: any, name: string, members: readonly string[]): any {
  for (let at = exports?.[name] ?? exports; typeof at === 'function'; at = Object.getPrototypeOf(at))
    if (members.every((member) => Object.hasOwn(at.prototype ?? {}, member))) return at;
  return exports?.[name];
}
const toolIn = (exports: any): any => classIn(exports, 'StructuredTool', ['lc_namespace', 'call']);
const modelIn = (exports: any): any => classIn(exports, 'BaseChatModel', ['_generateUncached']);

/** The two parts of `@langchain/core` that hold patch points; the package has no main file that leads to them. */
export const langchain: readonly Instrumentation[] = [
  {
    name: 'langchain',
    module: `${CORE}/tools`,
    entries: [],
    majors: [1, 1],
    seams: ['StructuredTool.call'],
    // Of `@langchain/openai`, which says no version of its own; that of Anthropic says nothing.
    userAgent: /^langchainjs(?:-azure)?-openai\//,
    external: '`langchain` and `@langchain/…`',
    unseen: [
      { what: 'runnables that are made tools by `asTool()`', instead: '`tool(fn, { name, schema })`' },
      { what: 'tools whose `_call` or `func` the application calls itself', instead: '`tool.invoke(…)`' },
      { what: 'tools that the provider runs itself', instead: 'an intercept that takes them out of the request' },
    ],
    clientIn: toolIn,
    patch({ exports, tally }: LoadedPackage) {
      const Tool = toolIn(exports);
      return report(Tool, { 'StructuredTool.call': patchTools(Tool, tally), 'Runnable.withRetry': patchRetry(Tool) });
    },
  },
  {
    name: 'langchain',
    module: `${CORE}/language_models/chat_models`,
    entries: [],
    majors: [1, 1],
    seams: ['BaseChatModel._generateUncached', 'BaseChatModel._streamIterator'],
    unseen: [
      { what: 'text completion models (`LLM`, `BaseLLM`) without an SDK of ours beneath', instead: 'a chat model' },
      { what: 'embeddings, retrievers and rerankers of packages without an SDK of ours', instead: 'nothing yet' },
      {
        what: 'what a model of your own does several times in one call: the call is one inference',
        instead: 'a runnable around several models',
      },
    ],
    clientIn: modelIn,
    patch(loaded: LoadedPackage) {
      const Model = modelIn(loaded.exports);
      const has = (name: string): boolean => Object.hasOwn(Model?.prototype ?? {}, name);
      const patched = (name: string): boolean => has(name) && patchModels(Model, SEAM_BENEATH, loaded, name);
      return report(Model, {
        'BaseChatModel._generateUncached': patched('_generateUncached'),
        'BaseChatModel._streamIterator': patched('_streamIterator'),
        'Runnable.withRetry': patchRetry(Model),
        // Versions before 1.2 have no streams of events.
        ...(has('streamEvents') && { 'BaseChatModel.streamEvents': patched('streamEvents') }),
      });
    },
  },
];
