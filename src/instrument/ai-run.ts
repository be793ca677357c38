// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import type { ScopeHandle } from '../runtime/handle.ts';
import { wrapManaged } from './ai-model.ts';
import { type ModelUse, findModel } from './ai-named.ts';
import { endWithStream } from './ai-stream.ts';
import { conversationOf, functionIdOf, makesOwnSpans, noteRun } from './ai-telemetry.ts';
import { namedTools } from './ai-tools.ts';
import type { LoadedPackage } from './definition.ts';
import { tellRefusal } from './refusal-cause.ts';
import { patchMethod } from './patch-method.ts';
import { type Method, replacementOf } from './replacement.ts';
import { type ScopeRun, runScope, startScope } from './scope-run.ts';

/** What a copy of the SDK is called by, and which major it is. */
export interface Copy {
  readonly by: string;
  readonly major: number;
  readonly tally: LoadedPackage['tally'];
}

/** What the SDK is given instead of what the application gave: tools that know their names, and models without a seam beneath managed. */
export function prepare(options: any, copy: Copy, use: ModelUse = 'steps'): any {
  if (typeof options !== 'object' || options === null) return options;
  const { model, tools, prepareStep } = options;
  const changed: Record<string, unknown> = {};
  const { found, given } = findModel(model, use, copy);
  if (model !== undefined) changed['model'] = given;
  if (tools !== undefined) changed['tools'] = namedTools(tools);
  if (typeof prepareStep === 'function')
    changed['prepareStep'] = stepsOf(prepareStep, (shown) => (shown === given ? found : shown), copy);
  return { ...options, ...changed };
}

/** The application's function sees its own model, and may give another for the step. */
function stepsOf(prepareStep: Method, ownOf: (model: unknown) => unknown, copy: Copy): Method {
  return async (step, ...rest) => {
    const shown = step?.model === undefined ? step : { ...step, model: ownOf(step.model) };
    const prepared = await prepareStep(shown, ...rest);
    if (prepared?.model === undefined) return prepared;
    return { ...prepared, model: findModel(prepared.model, 'steps', copy).given };
  };
}

/** A function of the SDK's that runs steps and resolves to their result, such as `generateText`: one scope around them. */
export function manageRun(original: Method, name: string, copy: Copy, use?: ModelUse): Method {
  return replacementOf(
    original,
    () =>
      function (this: any, options: any, ...rest: any[]) {
        return inScope(scopeOf(options, functionIdOf(options) ?? name, 'function', copy), () =>
          original.call(this, prepare(options, copy, use), ...rest),
        );
      },
  );
}

/** One that returns at once what streams, such as `streamText`: the scope ends with the stream. */
export function manageStreamRun(original: Method, name: string, copy: Copy, use?: ModelUse): Method {
  return replacementOf(
    original,
    () =>
      function (this: any, options: any, ...rest: any[]) {
        return streamInScope(scopeOf(options, functionIdOf(options) ?? name, 'function', copy), () =>
          original.call(this, prepare(options, copy, use), ...rest),
        );
      },
  );
}

/** One whose end cannot be seen: its models and tools are managed, in the scope of whoever calls it. */
export function prepareRun(original: Method, copy: Copy): Method {
  return replacementOf(
    original,
    () =>
      function (this: any, options: any, ...rest: any[]) {
        return original.call(this, prepare(options, copy), ...rest);
      },
  );
}

/** One that puts middleware around a model. */
export function manageWrapping(original: Method, copy: Copy): Method {
  return replacementOf(
    original,
    () =>
      function (this: any, options: any, ...rest: any[]) {
        return wrapManaged(options, (given) => original.call(this, given, ...rest), copy);
      },
  );
}

/** The agents of a class: `generate` and `stream` become a scope of the agent's name. False where the class has no such methods. */
export function patchAgent(Agent: any, copy: Copy): boolean {
  const prepares = patchMethod(
    Agent,
    'prepareCall',
    (original) =>
      async function prepareCall(this: any, ...args: any[]) {
        return prepare(await original.apply(this, args), copy);
      },
  );
  // Before version 6 an agent's settings are what its calls do not say.
  const given = (agent: any, options: any): any =>
    prepares ? options : { ...options, ...prepare({ ...pick(agent.settings), ...pick(options) }, copy) };
  const scopeFor = (agent: any, options: any): ScopeRun & { left: boolean } =>
    scopeOf({ ...agent.settings, ...options }, agentName(agent), 'agent', copy);
  const generates = patchMethod(
    Agent,
    'generate',
    (original) =>
      function generate(this: any, options: any, ...rest: any[]) {
        return inScope(scopeFor(this, options), () => original.call(this, given(this, options), ...rest));
      },
  );
  const streams = patchMethod(
    Agent,
    'stream',
    (original) =>
      function stream(this: any, options: any, ...rest: any[]) {
        return streamInScope(scopeFor(this, options), () => original.call(this, given(this, options), ...rest));
      },
  );
  return generates && streams;
}

function pick(options: any): Record<string, unknown> {
  const names = ['model', 'tools', 'prepareStep'].filter((name) => options?.[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, options[name]]));
}

function agentName(agent: any): string {
  const { id, name } = agent.settings ?? {};
  const found = [agent.id, id, name, agent.constructor?.name].find((each) => typeof each === 'string' && each !== '');
  return found ?? 'agent';
}

function scopeOf(options: any, name: string, type: 'agent' | 'function', copy: Copy): ScopeRun & { left: boolean } {
  copy.tally.calls++;
  const left = makesOwnSpans(options, copy.major);
  const { prompt, messages = prompt } = options ?? {};
  return { by: copy.by, name, type, input: messages, metadata: conversationOf(options), spans: !left, left };
}

function inScope(run: ScopeRun & { left: boolean }, fn: () => any): any {
  return runScope(run, (scope) => {
    noteRun(scope, run.left);
    const running = fn();
    return typeof running?.then === 'function' ? settled(running, scope) : running;
  });
}

async function settled(running: PromiseLike<any>, scope: ScopeHandle): Promise<unknown> {
  try {
    const result = await running;
    const output: unknown = textOf(result);
    if (output !== undefined && !scope.ended) scope.end({ output });
    return result;
  } catch (error: any) {
    // A retry that policy refuses: the SDK's error holds all errors of the attempts, and has no cause.
    tellRefusal(error, error?.lastError);
    throw error;
  }
}

function textOf(result: any): unknown {
  const last = Array.isArray(result?.steps) ? result.steps.at(-1) : undefined;
  return last === undefined ? result?.object : last.text || undefined;
}

function streamInScope(run: ScopeRun & { left: boolean }, fn: () => any): any {
  const scope = startScope(run);
  noteRun(scope, run.left);
  const failed = (error: unknown): never => {
    if (!scope.ended) scope.fail(error);
    throw error;
  };
  const streaming = (result: any): any => {
    endWithStream(result, scope);
    return result;
  };
  try {
    const made = scope.run(fn);
    return typeof made?.then === 'function' ? made.then(streaming, failed) : streaming(made);
  } catch (error) {
    return failed(error);
  }
}
