// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { runTool } from './managed-tool.ts';
import { patchMember } from './patch-method.ts';
import { replacementOf } from './replacement.ts';
import { startScope } from './scope-run.ts';
import { copyWith } from './tool-copy.ts';

/** The one SDK that has such a loop. */
const by = 'openai';

/**
 * Patches `runTools` of the resource: the loop becomes one scope, and each function of the application's that it calls a managed tool. The
 * application's tool objects are never written to; the loop gets copies. Returns false where the class has no such method.
 */
export function patchRunTools(Completions: any): boolean {
  return patchLoop(Completions?.prototype, 0);
}

/** The same for the class beneath it, which an application can import by itself; its client comes before the body. */
export function patchRunner(Runner: any): boolean {
  return patchLoop(Runner, 1);
}

function patchLoop(owner: any, bodyAt: number): boolean {
  return patchMember(owner, 'runTools', (original) => {
    return function runTools(this: any, ...all: any[]): any {
      const body = all[bodyAt];
      if (!Array.isArray(body?.tools)) return original.apply(this, all);
      const tools = body.tools.map(manageTool);
      // The resource has managed them already: this is its own runner.
      if (tools.every((tool: unknown, index: number) => tool === body.tools[index])) return original.apply(this, all);
      return inScope(() => original.apply(this, all.with(bodyAt, { ...body, tools })));
    };
  });
}

function inScope(start: () => any): any {
  const scope = startScope({ by, name: 'runTools', type: 'function' });
  try {
    const runner = scope.run(start);
    // `end` is always the last event, and listening to it changes nothing about how errors are handled.
    runner.on('end', () => {
      if (runner.aborted) scope.fail(new Error('the run was aborted'));
      else if (runner.errored) scope.fail(failures.get(runner) ?? new Error('the run failed'));
      else scope.end();
    });
    return runner;
  } catch (error) {
    scope.fail(error);
    throw error;
  }
}

function manageTool(tool: any): any {
  if (typeof tool?.$callback === 'function') {
    const callback = manage(tool.function?.name, tool.$callback, true, tool);
    return callback === tool.$callback ? tool : copyWith(tool, { $callback: callback });
  }
  const definition = tool?.function;
  const fn = definition?.function;
  if (typeof fn !== 'function') return tool;
  const parsed = typeof definition.parse === 'function';
  const managed = manage(definition.name || fn.name, fn, parsed, definition);
  if (managed === fn) return tool;
  const changed = parsed ? { function: managed, parse: definition.parse.bind(definition) } : { function: managed };
  return copyWith(tool, { function: copyWith(definition, changed) });
}

function manage(name: string, fn: any, parsed: boolean, owner: object): (...values: any[]) => unknown {
  const managed = function (raw: any, runner: any, ...rest: any[]): Promise<unknown> {
    const args = parsed ? raw : parse(raw);
    const id = toolCallId(runner, name, args);
    const run = (given: any): unknown => {
      const value = given === args ? raw : parsed ? given : JSON.stringify(given);
      return fn.call(owner, value, runner, ...rest);
    };
    const call = runTool({ by, name, args, id }, run, (text): unknown => text);
    call.catch((error: unknown) => rememberFailure(runner, error));
    return call;
  };
  return replacementOf(fn, () => managed);
}

const failures = new WeakMap<object, unknown>();

// What a function throws ends the loop. The loop tells its error only to listeners that take over its handling.
function rememberFailure(runner: unknown, error: unknown): void {
  if (typeof runner === 'object' && runner !== null && !failures.has(runner)) failures.set(runner, error);
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

const taken = new WeakMap<object, Set<string>>();

// The loop does not pass the id on; it is found in the last answer by name and arguments, each id once.
function toolCallId(runner: any, name: string, args: unknown): string | undefined {
  try {
    const used = taken.get(runner) ?? new Set<string>();
    taken.set(runner, used);
    const calls: any[] = runner.messages.findLast((message: any) => message.role === 'assistant')?.tool_calls ?? [];
    const open = calls.filter((call) => call.function?.name === name && !used.has(call.id));
    const wanted = JSON.stringify(args);
    const found =
      open.find((call) => JSON.stringify(parse(call.function.arguments)) === wanted) ??
      (open.length === 1 ? open[0] : undefined);
    if (found !== undefined) used.add(found.id);
    return found?.id;
  } catch {
    return undefined;
  }
}
