// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { BAGGAGE } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';
import { isFlowError } from '../errors.ts';
import type { LoadedPackage } from './definition.ts';
import { runTool } from './managed-tool.ts';
import { TOOLS_CALL, clientAttributes, describeCall, errorAttributes } from './mcp-describe.ts';
import { patchMethod } from './patch-method.ts';
import type { Method } from './replacement.ts';
import { failedResult, failureOf } from './mcp-result.ts';
import { tellRefusal } from './refusal-cause.ts';
import { isServing } from './mcp-server.ts';

/** Parameters of calls that are managed already, as they were sent. */
const managed = new WeakSet<object>();
/** Why calls were refused, by their parameters. */
const refusals = new WeakMap<object, unknown>();

/**
 * Patches `callTool`, which holds one call with what the SDK does about it: headers made of the arguments, a second request after a stale
 * list of tools, validation of the result.
 */
export function patchCallTool(Client: any, tally: LoadedPackage['tally']): boolean {
  return patchMethod(Client, 'callTool', (original) => {
    return function callTool(this: any, params: any, ...rest: any[]) {
      const send = (sent: any): any => original.call(this, sent, ...rest);
      return manage(this, params, tally, send, rest);
    };
  });
}

/** The same for the request beneath it, which applications and the SDK's own helpers send without `callTool`, too. */
export function patchRequest(Client: any, tally: LoadedPackage['tally']): boolean {
  return patchMethod(Client, 'request', (original) => {
    return function request(this: any, message: any, ...rest: any[]) {
      const params = message?.method === TOOLS_CALL ? message.params : undefined;
      if (params === undefined || managed.has(params)) return original.call(this, message, ...rest);
      const send = (sent: any): any => original.call(this, { ...message, params: sent }, ...rest);
      return manage(this, params, tally, send, rest);
    };
  });
}

/** `requestStream`, which version 1 has for its tasks, makes an error of its own of every other: it gets the refusal as its cause. */
export function patchRequestStream(Client: any): boolean {
  return patchMethod(Client, 'requestStream', (original) => {
    return async function* requestStream(this: any, message: any, ...rest: any[]) {
      for await (const each of original.call(this, message, ...rest)) {
        if (each?.type === 'error') tellRefusal(each.error, refusals.get(message?.params));
        yield each;
      }
    };
  });
}

function manage(client: any, params: any, tally: LoadedPackage['tally'], send: Method, rest: readonly any[]): any {
  // What is no call the SDK refuses in its own words.
  if (typeof params?.name !== 'string') return send(params);
  tally.calls++;
  const args: unknown = params.arguments ?? {};
  const run = async (given: unknown): Promise<unknown> => {
    describeCall(() => clientAttributes(client), params.name);
    const sent = withContext(given === args ? params : { ...params, arguments: given });
    managed.add(sent);
    try {
      return await send(sent);
    } catch (error) {
      describeCall(() => errorAttributes(error));
      throw error;
    }
  };
  // The options are the last argument in both majors, and in version 1 a schema comes before.
  const options = rest.at(-1);
  const signal = options?.signal instanceof AbortSignal ? options.signal : undefined;
  const call = {
    by: 'mcp',
    name: params.name,
    args,
    failed: failureOf,
    passedOn: isServing(),
    prefixable: true,
    signal,
    refusesLeft: true,
  };
  // A task answers with a task: a refusal has no other form than an error.
  const answer = options?.task === undefined ? failedResult : undefined;
  return runTool(call, run, answer).catch((error: unknown) => {
    if (isFlowError(error)) refusals.set(params, error);
    throw error;
  });
}

/**
 * Always a copy: what is marked as sent must not be the application's own. A trace context that is there already is that of a call around this one, when a
 * server passes on what it was asked; of a baggage the members stay that are not Flow's.
 */
function withContext(params: any): object {
  const meta = params._meta;
  const carried: Record<string, string> = getRuntime().flow.scope.inject({});
  if (typeof meta?.baggage === 'string') {
    const known = new Set(members(carried['baggage']).map(keyOf));
    const more = members(meta.baggage).filter((each) => !known.has(keyOf(each)) && !OWN.has(keyOf(each)));
    carried['baggage'] = [...members(carried['baggage']), ...more].join(',');
  }
  const { tracestate, ...rest } = meta ?? {};
  const kept = carried['traceparent'] === undefined ? meta : rest;
  return { ...params, _meta: { ...kept, ...carried } };
}

const OWN: ReadonlySet<string> = new Set(Object.values(BAGGAGE));
const members = (baggage: string | undefined): readonly string[] => baggage?.split(',').filter(Boolean) ?? [];
const keyOf = (member: string): string => (member.split('=', 1)[0] ?? '').trim();
