// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';

const PATCHED = Symbol.for('flow.patched');

/**
 * Patches `runTools`: the loop becomes one scope, and each function of the application's that it calls a managed tool. The application's tool objects are
 * never written to; the loop gets copies. Returns false where the class has no such method.
 */
export function patchRunTools(Completions: any): boolean {
  const original = Completions?.prototype?.runTools;
  if (typeof original !== 'function') return false;
  if (original[PATCHED]) return true;
  const runTools = function (this: any, body: any, ...rest: any[]): any {
    if (!Array.isArray(body?.tools)) return original.call(this, body, ...rest);
    const managed = { ...body, tools: body.tools.map(manageTool) };
    const scope = getRuntime().flow.scope.start('runTools');
    try {
      const runner = scope.run(() => original.call(this, managed, ...rest));
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
  };
  Object.defineProperty(runTools, PATCHED, { value: true });
  Completions.prototype.runTools = runTools;
  return true;
}

function manageTool(tool: any): any {
  if (typeof tool?.$callback === 'function')
    return copyWith(tool, { $callback: manage(tool.function?.name, tool.$callback, true) });
  const definition = tool?.function;
  if (typeof definition?.function !== 'function') return tool;
  const name = definition.name || definition.function.name;
  return copyWith(tool, {
    function: copyWith(definition, {
      function: manage(name, definition.function, typeof definition.parse === 'function'),
    }),
  });
}

// Hidden members (the SDK brands its own tools with them) and the class must survive.
function copyWith(source: object, changed: Record<string, unknown>): object {
  const members: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(source);
  // Replaced before the copy is made: the members of a frozen tool cannot be redefined.
  for (const [key, value] of Object.entries(changed))
    members[key] = { value, enumerable: members[key]?.enumerable ?? true, writable: true, configurable: true };
  return Object.create(Object.getPrototypeOf(source) as object, members) as object;
}

function manage(name: string, fn: (...values: any[]) => unknown, parsed: boolean): (...values: any[]) => unknown {
  const managed = function (this: any, raw: any, runner: any, ...rest: any[]): Promise<unknown> {
    const args = parsed ? raw : parse(raw);
    const id = toolCallId(runner, name, args);
    const call = getRuntime().flow.tool.execute({ name, args, ...(id === undefined ? {} : { id }) }, (given: any) => {
      const value = given === args ? raw : parsed ? given : JSON.stringify(given);
      return fn.call(this, value, runner, ...rest);
    });
    call.catch((error: unknown) => rememberFailure(runner, error));
    return call;
  };
  return Object.defineProperty(managed, 'name', { value: fn.name });
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
