// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { BAGGAGE } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';
import { type GuardrailRejectedError, isFlowError } from '../errors.ts';
import type { Call } from '../runtime/call.ts';
import type { LoadedPackage } from './definition.ts';
import { runTool } from './managed-tool.ts';
import { TOOLS_CALL, describeCall, serverAttributes } from './mcp-describe.ts';
import { patchMethod } from './patch-method.ts';
import type { Method } from './replacement.ts';
import { failedResult, failureOf } from './mcp-result.ts';

const served = new WeakSet<object>();

/** Whether the open call is one that a server of this process answers: what its handler asks of another server is another call, though it may look the same. */
export function isServing(): boolean {
  const { call } = getRuntime().internals.currentFrame().scope;
  return call !== undefined && served.has(call);
}

/**
 * Patches `setRequestHandler`, by which every handler is registered: those of `McpServer` as well. Of version 1 it takes a schema, of version 2 the name of the
 * method, and maybe schemas of the application's own whose handler gets the parameters alone.
 */
export function patchHandlers(Server: any, tally: LoadedPackage['tally']): boolean {
  return patchMethod(Server, 'setRequestHandler', (original) => {
    return function setRequestHandler(this: any, what: any, ...rest: any[]) {
      if (typeof what === 'string' && what !== TOOLS_CALL) return original.call(this, what, ...rest);
      const at = rest.findIndex((each) => typeof each === 'function');
      const handler: unknown = rest[at];
      if (typeof handler !== 'function') return original.call(this, what, ...rest);
      const takesParams = at > 0;
      return original.call(this, what, ...rest.with(at, manageHandler(this, handler as Method, takesParams, tally)));
    };
  });
}

function manageHandler(server: any, handler: Method, takesParams: boolean, tally: LoadedPackage['tally']): Method {
  return function (this: unknown, request: any, extra: any, ...rest: any[]) {
    const params = takesParams ? request : request?.method === TOOLS_CALL ? request.params : undefined;
    if (typeof params?.name !== 'string') return handler.call(this, request, extra, ...rest);
    const run = (given: unknown): unknown => {
      describeCall(() => serverAttributes(server, extra));
      served.add(getRuntime().internals.currentFrame().scope.call ?? request);
      if (given === args) return handler.call(this, request, extra, ...rest);
      const changed = { ...params, arguments: given };
      return handler.call(this, takesParams ? changed : { ...request, params: changed }, extra, ...rest);
    };
    const args: unknown = params.arguments ?? {};
    const meta = extra?._meta ?? extra?.mcpReq?._meta ?? params._meta;
    if (isOwnCall(meta)) return run(args);
    tally.calls++;
    const manage = (): Promise<unknown> => answerRefusal(params, args, extra, run);
    return meta === undefined || meta === null ? manage() : getRuntime().flow.scope.extract(meta, manage);
  };
}

/**
 * What policy refuses is the tool's answer: the other side is another program, which knows no error of ours. It is told the reason of a rejection, and
 * nothing of a guardrail that failed.
 */
async function answerRefusal(params: any, args: unknown, extra: any, run: Method): Promise<unknown> {
  let entered = false;
  const signal: unknown = extra?.signal ?? extra?.mcpReq?.signal;
  const caller = signal instanceof AbortSignal ? { signal } : {};
  const call = { by: 'mcp', name: params.name, args, failed: failureOf, ...caller };
  try {
    return await runTool(call, (given: unknown) => {
      entered = true;
      return run(given);
    });
  } catch (error) {
    const refusal = entered ? undefined : isFlowError(error);
    // A task answers with a task: a refusal has no other form than an error.
    if (refusal?.status !== 403 || params.task !== undefined) throw error;
    const { reason } = refusal as Partial<GuardrailRejectedError>;
    return failedResult(reason === undefined ? 'The call was refused by policy' : `The call was rejected: ${reason}`);
  }
}

/**
 * Whether this is the call that a client of this process has open around it, over a transport that calls the server directly. Not by what the request
 * says alone: a caller from outside must not get past policy by naming a call.
 */
function isOwnCall(meta: any): boolean {
  const call = getRuntime().internals.currentFrame().scope.call as Call | undefined;
  if (call?.kind !== 'tool' || call.ended || typeof meta?.baggage !== 'string') return false;
  return (meta.baggage as string).split(',').includes(`${BAGGAGE.PARENT_UUID}=${call.uuid}`);
}
