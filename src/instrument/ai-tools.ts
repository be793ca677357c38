// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import type { LoadedPackage } from './definition.ts';
import { isLeftToSdk } from './ai-telemetry.ts';
import { runTool } from './managed-tool.ts';
import { failureOf } from './mcp-result.ts';
import { replacementOf } from './replacement.ts';
import { copyWith } from './tool-copy.ts';
import { checkUnpatched } from './unpatched.ts';

/** On a tool and the function that runs it: the name under which the application offers it. The SDK copies tools, and binds or replaces their functions. */
const NAME = Symbol.for('flow.ai.tool');

/** The tools of one run, as copies that know their names; the application's own objects are never written to. */
export function namedTools(tools: any): any {
  if (typeof tools !== 'object' || tools === null) return tools;
  const members: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(tools);
  for (const name of Object.keys(tools)) {
    const tool = tools[name];
    if (typeof tool?.execute !== 'function') continue;
    members[name] = { value: namedTool(name, tool), enumerable: true, writable: true, configurable: true };
  }
  return Object.create(Object.getPrototypeOf(tools), members);
}

/** Functions of tools that the SDK calls beside the one that runs them. They may need what is private to the tool. */
const METHODS = ['toModelOutput', 'needsApproval', 'onInputStart', 'onInputDelta', 'onInputAvailable'];

function namedTool(name: string, tool: any): any {
  const { execute } = tool;
  if (execute[NAME] === name) return tool;
  const named = (...args: any[]): unknown => Reflect.apply(execute, tool, args);
  const bound = Object.defineProperty((...args: any[]): unknown => named(...args), NAME, { value: name });
  Object.defineProperties(named, {
    name: { value: execute.name },
    [NAME]: { value: name },
    bind: { value: () => bound },
  });
  const methods = METHODS.filter((method) => typeof tool[method] === 'function');
  const kept = Object.fromEntries(methods.map((method) => [method, tool[method].bind(tool)]));
  const copy = copyWith(tool, { ...kept, execute: named });
  // Enumerable: of its own tools, the SDK spreads one and replaces the function.
  Reflect.defineProperty(copy, NAME, { value: name, enumerable: true, configurable: true });
  return copy;
}

/**
 * `executeTool` of the SDK, managed: it yields what a generator tool has so far, and its result at the end. The tool goes on when the
 * consumer asks for more, as it does without us.
 */
export function manageTools(original: any, by: string, tally: LoadedPackage['tally']): any {
  const executeTool = async function* (this: any, args: any, ...rest: any[]): AsyncGenerator<any> {
    tally.calls++;
    let next = Promise.withResolvers<any>();
    let resume: (() => void) | undefined;
    let left = false;
    const { toolCallId: id, abortSignal } = args?.options ?? {};
    const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    const tool = {
      by,
      name: nameOf(args, id),
      id,
      args: args?.input,
      signal,
      spans: !isLeftToSdk(),
      failed: failureOfContent,
      toldToModel: true,
    };
    const run = async (input: unknown): Promise<unknown> => {
      let output: unknown;
      for await (const part of original.call(this, input === args.input ? args : { ...args, input }, ...rest)) {
        output = part.output;
        if (part.type !== 'preliminary') continue;
        const taken = Promise.withResolvers<void>();
        resume = taken.resolve;
        next.resolve(part);
        await taken.promise;
        if (left) break;
      }
      return output;
    };
    const result = runTool<unknown>(tool, run, (text) => text);
    const done = (): void => next.resolve(undefined);
    result.then(done, done);
    try {
      for (let part = await next.promise; part !== undefined; part = await next.promise) {
        next = Promise.withResolvers();
        yield part;
        resume?.();
      }
      yield { type: 'final', output: await result };
    } finally {
      left = true;
      resume?.();
    }
  };
  return replacementOf(original, () => executeTool);
}

/** The SDK's own MCP client gives what the server has answered. */
const failureOfContent = (result: any): string | undefined =>
  Array.isArray(result?.content) ? failureOf(result) : undefined;

function nameOf({ tool, execute, options }: any, id: unknown): string {
  const name = (tool?.execute ?? execute)?.[NAME] ?? tool?.[NAME];
  if (typeof name === 'string') return name;
  // Whoever runs tools without our knowing their names has the call in the messages, or an id that tells them apart.
  for (const { content } of Array.isArray(options?.messages) ? options.messages : [])
    for (const part of Array.isArray(content) ? content : [])
      if (part?.type === 'tool-call' && part.toolCallId === id) return part.toolName;
  checkUnpatched(UNNAMED);
  warnUnnamed();
  return 'tool';
}

const UNNAMED =
  'ai: a tool was run whose name is not known; keep `ai` out of the bundle, and run it by generateText, streamText or an agent';

let warned = false;

function warnUnnamed(): void {
  if (warned) return;
  warned = true;
  getRuntime().internals.settings.print(
    'warn',
    `${UNNAMED} (policy sees it as 'tool'; FLOW_UNPATCHED=refuse refuses it)`,
  );
}
