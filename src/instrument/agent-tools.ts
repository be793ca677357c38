// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { AsyncLocalStorage } from 'node:async_hooks';
import { outsideLoop } from './agent-run.ts';
import type { LoadedPackage } from './definition.ts';
import { runTool } from './managed-tool.ts';
import type { Method } from './replacement.ts';
import { copyWith } from './tool-copy.ts';

/** Whose tools these are, and where their calls are counted. */
export interface ToolOwner {
  readonly by: string;
  readonly tally: LoadedPackage['tally'];
}

/** What became of the application's function in a call, which the framework answers with text when it has thrown. */
interface Note {
  readonly invoke: unknown;
  entered: boolean;
  running: boolean;
  failure?: { readonly error: unknown };
}

/** That of the call in which this is. */
const notes = new AsyncLocalStorage<Note>();
/** `invoke` of the tools whose functions leave a note. */
const noted = new WeakSet<object>();

/** `invokeFunctionTool({ tool, runContext, input, details })`, through which the loop calls every function tool, managed. */
export function manageInvocation(original: Method, { by, tally }: ToolOwner): Method {
  return function invokeFunctionTool(this: any, args: any, ...rest: any[]) {
    if (typeof args?.tool?.name !== 'string') return original.call(this, args, ...rest);
    tally.calls++;
    return manage(by, args, (input) => original.call(this, input === args.input ? args : { ...args, input }, ...rest));
  };
}

/** A copy of a tool whose `invoke` is managed: for a loop that calls it by itself. */
export function manageTool(tool: any, { by, tally }: ToolOwner): any {
  const { invoke, needsApproval } = tool;
  const isPlain = Object.getPrototypeOf(tool) === Object.prototype;
  return copyWith(tool, {
    // The framework knows its own functions; those of a class may read what is private to the tool itself.
    ...(isPlain || typeof needsApproval !== 'function' ? {} : { needsApproval: needsApproval.bind(tool) }),
    invoke: (runContext: any, input: any, details: any) => {
      tally.calls++;
      return manage(by, { tool, input, details }, (given) => invoke.call(tool, runContext, given, details));
    },
  });
}

/** `tool(options)`: the same tool, whose function leaves a note of what it threw. */
export function noteFailures(original: Method): Method {
  return function tool(this: any, options: any, ...rest: any[]) {
    const execute = options?.execute;
    if (typeof execute !== 'function') return original.call(this, options, ...rest);
    let invoke: unknown;
    const executeNoted = async (...args: any[]): Promise<unknown> => {
      // A tool may call another one.
      const note = notes.getStore();
      const ours = note !== undefined && note.invoke === invoke ? note : undefined;
      if (ours !== undefined) ours.entered = ours.running = true;
      try {
        return await execute.apply(options, args);
      } catch (error) {
        if (ours !== undefined) ours.failure = { error };
        throw error;
      } finally {
        if (ours !== undefined) ours.running = false;
      }
    };
    // The name of the function may be that of the tool.
    Object.defineProperty(executeNoted, 'name', { value: execute.name });
    const made = original.call(this, Object.create(options, { execute: { value: executeNoted } }), ...rest);
    invoke = made?.invoke;
    if (typeof invoke === 'function') noted.add(invoke);
    return made;
  };
}

async function manage(by: string, { tool, input, details }: any, call: (input: unknown) => unknown): Promise<unknown> {
  const args = parse(input);
  // What the framework made of a failure: the model gets it, where no policy has another answer.
  let failed: { readonly error: unknown; readonly answer: unknown } | undefined;
  try {
    return await runTool<unknown>(
      { by, name: tool.name, id: details?.toolCall?.callId, args, signal: details?.signal },
      async (given: unknown) => {
        failed = undefined;
        const note: Note = { invoke: tool.invoke, entered: !noted.has(tool.invoke), running: false };
        const sent = given === args ? input : JSON.stringify(given);
        const answer = await notes.run(note, () => outsideLoop(() => call(sent)));
        // Of a function that still runs, the answer says that its time is up.
        const isAnswered = note.entered && !note.running;
        const failure = note.failure ?? (isAnswered ? undefined : { error: new Error(textOf(answer)) });
        if (failure === undefined) return answer;
        failed = { error: failure.error, answer };
        throw failure.error;
      },
      (text) => text,
    );
  } catch (error) {
    if (failed !== undefined && failed.error === error) return failed.answer;
    throw error;
  }
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

const textOf = (answer: unknown): string => (typeof answer === 'string' ? answer : 'the tool was not run');
