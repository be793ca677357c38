// SPDX-License-Identifier: Apache-2.0
import type { Scope } from '../scope/scope.ts';
import { printTraceparent } from '../scope/w3c.ts';
import type { Call, LlmRequest } from './call.ts';
import { settings } from './settings.ts';

const TRACE_HEADERS = /^trace(?:parent|state)$/i;
const SESSION_HEADERS = /^x-dynamo-(?:parent-)?session-id$/i;
/** Metadata of an agent scope under which its session may be named; the first that is there wins. */
const SESSION_KEYS = ['session_id', 'conversation_id', 'thread_id', 'subagent_session_id', 'subagent_id'];
/** What can stand in a header; HTTP clients throw at anything else. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/;

/**
 * The request as it goes to the provider: with the `traceparent` of the call's own span, and the sessions of the agents around it, where that was asked
 * for, in place of any that are there. Events do not hold them.
 */
export function outgoing(call: Call, input: unknown): unknown {
  if (call.kind !== 'llm') return input;
  const { propagateToModels } = settings;
  const trace = (call.propagate ?? propagateToModels.includes('traceparent')) ? traceHeaders(call) : undefined;
  const session = propagateToModels.includes('session') ? sessionHeaders(call) : undefined;
  if (trace === undefined && session === undefined) return input;
  const { headers, content } = input as LlmRequest;
  const kept = entriesOf(headers).filter(
    ([name]) => !(trace && TRACE_HEADERS.test(name)) && !(session && SESSION_HEADERS.test(name)),
  );
  return { headers: { ...Object.fromEntries(kept), ...trace, ...session }, content };
}

// A caller of the API may give `Headers`, a Map or a list of pairs as well.
function entriesOf(headers: LlmRequest['headers']): readonly (readonly [string, string | null])[] {
  return Symbol.iterator in headers
    ? [...(headers as unknown as Iterable<readonly [string, string]>)]
    : Object.entries(headers);
}

function traceHeaders(call: Call): Record<string, string> | undefined {
  const span = call.span?.spanContext();
  const traceparent = printTraceparent(span);
  if (traceparent === undefined) return undefined;
  const tracestate = span?.traceState?.serialize();
  return { traceparent, ...(tracestate ? { tracestate } : {}) };
}

function sessionHeaders(call: Call): Record<string, string> | undefined {
  const agent = agentAround(call);
  if (agent === undefined) return undefined;
  const outer = agentAround(agent);
  return {
    'x-dynamo-session-id': sessionOf(agent),
    ...(outer && { 'x-dynamo-parent-session-id': sessionOf(outer) }),
  };
}

function agentAround(scope: Scope): Scope | undefined {
  for (let each = scope.parent; each !== undefined && !each.isRoot; each = each.parent)
    if (each.type === 'agent') return each;
  return undefined;
}

function sessionOf({ metadata, uuid }: Scope): string {
  const named = SESSION_KEYS.map((key) => metadata?.[key]).find(
    (value) => typeof value === 'string' && HEADER_VALUE.test(value),
  );
  return (named as string | undefined) ?? uuid;
}
