// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import type { ScopeHandle } from '../runtime/handle.ts';
import { makesOwnSpans } from './own-tracing.ts';
import { patchMethod } from './patch-method.ts';
import { isReplacement, replacementOf } from './replacement.ts';
import { runScope } from './scope-run.ts';
import { copyWith } from './tool-copy.ts';
import { runForLoop } from './tool-runner-call.ts';

/** The method of the resource is patched, and the loop that it makes. */
interface Loop {
  /** The SDK has spans of its own for it. */
  readonly spans: boolean;
  scope?: ScopeHandle;
}

const loops = new WeakMap<object, Loop>();
const loopOf = (runner: object): Loop => loops.get(runner) ?? { spans: true };

/**
 * Patches `toolRunner` of the resource, and the class of the loops that it makes: each loop becomes one scope, and each tool that the application gives it
 * a managed call. The application's tool objects are never written to; the loop gets copies. Returns false where the class has no such method.
 */
export function patchToolRunner(Messages: any, by: string): boolean {
  const { prototype, BetaToolRunner } = Messages ?? {};
  if (!patchMaker(prototype, by)) return false;
  patchMethod(Messages, 'thread', (original) => {
    return function thread(this: any, params: any, ...rest: any[]) {
      const made = original.call(this, withManagedTools(params, by, !makesOwnSpans(this._client)), ...rest);
      patchMaker(Object.getPrototypeOf(made), by);
      return made;
    };
  });
  return patchRunner(BetaToolRunner, by);
}

function patchMaker(prototype: any, by: string): boolean {
  return patchMethod({ prototype }, 'toolRunner', (original) => {
    return function toolRunner(this: any, params: any, ...rest: any[]) {
      const spans = !makesOwnSpans(this._client);
      const runner: object = original.call(this, withManagedTools(params, by, spans), ...rest);
      loops.set(runner, { spans });
      return runner;
    };
  });
}

/** The class of the loops: an application can also import it by itself. */
export function patchRunner(Runner: any, by: string): boolean {
  const prototype = Runner?.prototype;
  if (typeof prototype?.[Symbol.asyncIterator] !== 'function') return false;
  patchMethod(Runner, Symbol.asyncIterator, (original) => {
    return function iterate(this: any) {
      const loop = loopOf(this);
      loops.set(this, loop);
      return runScope({ by, name: 'toolRunner', type: 'function', spans: loop.spans }, (scope) => {
        loop.scope = scope;
        return original.call(this);
      });
    };
  });
  patchMethod(Runner, 'generateToolResponse', (original) => {
    return function generateToolResponse(this: any, ...args: any[]) {
      const { scope } = loopOf(this);
      const generate = (): unknown => original.apply(this, args);
      return scope === undefined || scope.ended ? generate() : scope.run(generate);
    };
  });
  patchMethod(Runner, 'addTools', (original) => {
    return function addTools(this: any, ...tools: any[]) {
      return original.apply(this, managed(tools, by, loopOf(this).spans));
    };
  });
  patchMethod(Runner, 'setMessagesParams', (original) => {
    return function setMessagesParams(this: any, given: any, ...rest: any[]) {
      const withTools = (params: any): any => withManagedTools(params, by, loopOf(this).spans);
      const changed = typeof given === 'function' ? (params: any) => withTools(given(params)) : withTools(given);
      return original.call(this, changed, ...rest);
    };
  });
  return true;
}

function withManagedTools(params: any, by: string, spans: boolean): any {
  if (!Array.isArray(params?.tools)) return params;
  const tools = managed(params.tools, by, spans);
  return tools === params.tools ? params : { ...params, tools };
}

function managed(tools: any[], by: string, spans: boolean): any[] {
  const copies = tools.map((tool) => manageTool(tool, by, spans));
  return copies.every((tool, index) => tool === tools[index]) ? tools : copies;
}

function manageTool(tool: any, by: string, spans: boolean): any {
  const original = tool?.run;
  if (typeof original !== 'function' || isReplacement(original)) return tool;
  const managed = function (first: any, second: any, ...rest: any[]): Promise<unknown> {
    // A toolset is told the call, whose input is that of one of its members; any other tool its input, and the call beside it.
    const isMember = second !== undefined && first?.toolUse === second;
    const use = isMember ? second : second?.toolUse;
    const args = isMember ? use.input : first;
    const call = (given: any): unknown => {
      if (!isMember) return original.call(tool, given, second, ...rest);
      return original.call(tool, first, given === args ? use : { ...use, input: given }, ...rest);
    };
    const left = (isMember ? first : second)?.signal;
    const signal = left instanceof AbortSignal ? left : undefined;
    return runForLoop({ by, name: use?.name ?? tool.name, id: use?.id, args, spans, signal }, call);
  };
  const run = replacementOf(original, () => managed);
  // On the copy they would not find what is private to an instance.
  const bound = ['parse', 'toJSON'].filter((name) => typeof tool[name] === 'function');
  return copyWith(tool, { run, ...Object.fromEntries(bound.map((name) => [name, tool[name].bind(tool)])) });
}
