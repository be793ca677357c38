// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoadedPackage } from './definition.ts';
import { runTool } from './managed-tool.ts';
import { patchMethod } from './patch-method.ts';
import type { Method } from './replacement.ts';

type Tally = LoadedPackage['tally'];

/** One call of a tool, from `call` until it reaches the tool's own code. */
interface Run {
  readonly tool: object;
  readonly id: string | undefined;
  /** The framework takes a generator for a tool that tells how far it is; versions before 1.2 take it for a result. */
  readonly stepwise: boolean;
  begun: boolean;
}

const running: AsyncLocalStorage<Run> = new AsyncLocalStorage<Run>();

/**
 * Manages every tool at `_call` of the class that has it: arguments are parsed by then, and what it returns is still to be made a message of.
 * Which class that is, is known when `call` of the class above all of them is called.
 */
export function patchTools(StructuredTool: any, tally: Tally): boolean {
  return patchMethod(StructuredTool, 'call', (original) => {
    const stepwise = String(original).includes('handleToolEvent');
    return function call(this: any, arg: any, config: any, ...rest: any[]) {
      const id = arg?.type === 'tool_call' ? arg.id : config?.toolCall?.id;
      const run = { tool: this, id: typeof id === 'string' ? id : undefined, stepwise, begun: false };
      const self = patchOwner(this, tally) ? this : viewOf(this, run, tally);
      return running.run(run, () => original.call(self, arg, config, ...rest));
    };
  });
}

/** False where its `_call` is the tool's own member, or its class is frozen: neither is ours to write to. */
function patchOwner(tool: any, tally: Tally): boolean {
  if (Object.hasOwn(tool, '_call')) return false;
  return patchMethod({ prototype: Object.getPrototypeOf(tool) }, '_call', (original) => {
    return function _call(this: any, args: any, ...rest: any[]) {
      const run = running.getStore();
      // `super._call`, or a call past `call`: only the outermost is the call of the tool.
      return run === undefined || run.tool !== this || run.begun
        ? original.call(this, args, ...rest)
        : manage(this, original, run, tally, args, rest);
    };
  });
}

/** The tool with another `_call`. Everything else is done by and on the tool itself, which may have private members. */
function viewOf(tool: any, run: Run, tally: Tally): any {
  const original: Method = tool._call;
  const managed = (args: any, ...rest: any[]): unknown => manage(tool, original, run, tally, args, rest);
  // Not of the tool itself: of what is frozen a proxy may tell nothing else.
  return new Proxy(Object.create(Object.getPrototypeOf(tool) as object) as object, {
    get(_, key) {
      const value: any = key === '_call' ? managed : Reflect.get(tool, key, tool);
      return typeof value === 'function' && !Object.hasOwn(tool, key) ? value.bind(tool) : value;
    },
    has: (_, key) => Reflect.has(tool, key),
  });
}

function manage(tool: any, original: Method, run: Run, tally: Tally, args: unknown, rest: any[]): Promise<unknown> {
  run.begun = true;
  tally.calls++;
  return runTool(
    { by: 'langchain', name: tool.name, id: run.id, args, toldToModel: true },
    async (given: unknown): Promise<unknown> => {
      const result: unknown = await original.call(tool, given, ...rest);
      return run.stepwise ? finished(result, rest[0]) : result;
    },
    (text): unknown => (tool.responseFormat === 'content_and_artifact' ? [text, undefined] : text),
  );
}

/** What a generator yields is told as the framework tells it; the result of the tool is what it returns. */
async function finished(value: any, runManager: any): Promise<unknown> {
  if (typeof value?.next !== 'function') return value;
  try {
    let step = await value.next();
    while (step.done !== true) {
      try {
        await runManager?.handleToolEvent(step.value);
      } catch (error) {
        await runManager?.handleToolError(error);
      }
      step = await value.next();
    }
    return step.value;
  } finally {
    await value.return?.(undefined);
  }
}
