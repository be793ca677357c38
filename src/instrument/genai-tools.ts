// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import { type Callable, type Part, callEach, callOne, callTogether } from './genai-calls.ts';
import { copyWith } from './tool-copy.ts';

/**
 * The parameters with copies of the tools that the SDK calls by itself, each call a managed one. The application's own objects are never written to: but what
 * the SDK writes to the parameters reaches them. Undefined where there is no such tool.
 */
export function withManagedTools(params: any, by: string): any {
  const { tools, automaticFunctionCalling } = params?.config ?? {};
  if (!Array.isArray(tools) || automaticFunctionCalling?.disable === true) return undefined;
  if (!tools.some(isCallable)) return undefined;
  const names: Set<string>[] = [];
  const copies = tools.map((tool) => (isCallable(tool) ? manageTool(tool, by, names) : tool));
  return viewWith(params, 'config', viewWith(params.config, 'tools', copies));
}

const isCallable = (tool: any): boolean => typeof tool?.callTool === 'function' && typeof tool.tool === 'function';

function viewWith(target: any, key: string, value: unknown): any {
  const { configurable = true, writable = true } = Reflect.getOwnPropertyDescriptor(target, key) ?? {};
  if (!configurable && !writable) return { ...target, [key]: value };
  return new Proxy(target, { get: (_, name) => (name === key ? value : Reflect.get(target, name)) });
}

function manageTool(tool: any, by: string, names: Set<string>[]): any {
  const own = new Set<string>();
  names.push(own);
  const callable: Callable = {
    by,
    callTool: async (calls) => tool.callTool(calls),
    // Every tool is handed the calls of all of them. One that none has declared is for whoever takes it.
    isOwn: ({ name = '' }) => own.has(name) || !names.some((others) => others.has(name)),
  };
  const declare = async (...args: any[]): Promise<unknown> => {
    const declared = await tool.tool(...args);
    for (const each of declared?.functionDeclarations ?? []) if (typeof each?.name === 'string') own.add(each.name);
    return declared;
  };
  const callTool = async (calls: any): Promise<Part[]> => {
    const count = Array.isArray(calls) ? calls.filter(callable.isOwn).length : 0;
    if (count === 0) return tool.callTool(calls);
    if (calls.length === 1) return (await callOne(callable, calls[0])).parts;
    return isOneByOne(tool) ? callEach(callable, calls) : callTogether(callable, calls, count);
  };
  return copyWith(tool, { tool: declare, callTool });
}

/** The SDK's own tool takes its calls in turn. And what wraps each call has it by itself: it may make it again. */
function isOneByOne(tool: any): boolean {
  if ('functionNameToMcpClient' in tool) return true;
  const registrations = getRuntime().flow.registrations();
  return registrations.some(({ kind, excluded }) => kind === 'tool.execution_intercept' && excluded === undefined);
}
