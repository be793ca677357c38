// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { canonicalJson } from '../codecs/canonical-json.ts';
import { isObject, stringOf } from '../codecs/read.ts';
import { toContent, toText } from './content.ts';
import { ancestryOf, errorOf, invocationOf } from './lineage.ts';
import { dataOf, type Half, profileOf, type Scope } from './scopes.ts';
import type { CallDraft, OwnResult } from './step-draft.ts';

/**
 * The tool calls of a trajectory and the results that belong to them. A call gets one result, whatever tells of it: the tool's
 * own scope, a guardrail that rejected it, or a later request.
 */
export interface Observations {
  /** Calls of one step, in order. */
  issue(calls: readonly CallDraft[]): void;
  isIssued(id: string): boolean;
  /**
   * The call that this run of a tool answers: by id, else by name and arguments, else the only open one of its name. A tool may
   * end before the model call that asked for it: unless `final`, one whose id is still unknown is not given away by its name.
   */
  callOf(tool: Scope, final: boolean): CallDraft | undefined;
  /** Notes the result that a later request shows; it counts where the tool's own is not known. */
  sent(id: string | undefined, name: string | undefined, content: Json | undefined): void;
  /** The newest call with this id. */
  byId(id: string): CallDraft | undefined;
}

/** No calls yet. The names of those that come are added to `asked`. */
export function createObservations(asked: Set<string>): Observations {
  const byId = new Map<string, CallDraft[]>();
  const open = new Map<string, Set<CallDraft>>();
  const alike = new Map<string, CallDraft[][]>();
  /** Calls whose likeness nobody has asked for yet, by name: most tools are found by id. */
  const unsorted = new Map<string, CallDraft[][]>();

  /** Ids repeat where a model runs without a real provider: the newest is meant. */
  function callById(id: string): CallDraft | undefined {
    return byId.get(id)?.at(-1);
  }

  function closed(call: CallDraft): CallDraft {
    open.get(call.name)?.delete(call);
    return call;
  }

  function sortAlike(name: string): void {
    for (const calls of unsorted.get(name) ?? []) {
      const groups = new Map<string, CallDraft[]>();
      for (const call of calls) append(groups, likeness(name, call.arguments), call);
      for (const [key, group] of groups) append(alike, key, group);
    }
    unsorted.delete(name);
  }

  /** Of equal calls the latest step's, and in it the first. */
  function callLike(tool: Scope): CallDraft | undefined {
    const { name } = tool;
    // Nobody ever asked for this tool: then its arguments need not be looked at.
    if (!open.has(name)) return undefined;
    sortAlike(name);
    const groups = alike.get(likeness(name, dataOf(tool.start))) ?? [];
    for (let group = groups.at(-1); group; groups.pop(), group = groups.at(-1)) {
      for (let call = group.shift(); call; call = group.shift()) {
        if (!call.own && call.sent === undefined) return call;
      }
    }
    return undefined;
  }

  function onlyOpen(name: string): CallDraft | undefined {
    const calls = open.get(name);
    return calls?.size === 1 ? [...calls][0] : undefined;
  }

  return {
    issue(calls) {
      const named = new Map<string, CallDraft[]>();
      for (const call of calls) {
        append(byId, call.id, call);
        append(named, call.name, call);
        asked.add(call.name);
        open.set(call.name, (open.get(call.name) ?? new Set()).add(call));
      }
      for (const [name, group] of named) append(unsorted, name, group);
    },
    isIssued: (id) => byId.has(id),
    byId: callById,
    callOf(tool, final) {
      const id = toolCallId(tool);
      const call =
        (id === undefined ? undefined : callById(id)) ??
        callLike(tool) ??
        (id === undefined || final ? onlyOpen(tool.name) : undefined);
      return call && closed(call);
    },
    sent(id, name, content) {
      const call = id === undefined ? onlyOpen(name ?? '') : callById(id);
      // A request sent again repeats its results.
      if (call && call.sent === undefined) closed(call).sent = toContent(content);
    },
  };
}

/** The id by which the model asked for this run of a tool. */
export function toolCallId(tool: Scope): string | undefined {
  return stringOf(profileOf(tool, 'tool_call_id'));
}

/** What a tool's scope recorded, with text in every case: of a failed tool what its error said. */
export function ownResult(tool: Scope, callId: string, scopes: ReadonlyMap<string, Scope>): OwnResult {
  const error = errorOf(tool);
  const annotation = tool.end?.profile?.['tool_result_annotation'];
  const extra: { [key: string]: Json } = { event_name: tool.name, event_uuid: tool.uuid };
  if (tool.parentUuid !== null) extra['parent_event_uuid'] = tool.parentUuid;
  if (error) extra['error'] = error;
  if (annotation != null) extra['tool_result_annotation'] = annotation;
  return {
    content: error ? toText(error['message'] ?? dataOf(tool.end) ?? error['type']) : resultText(tool.end),
    extra,
    ancestry: ancestryOf(tool, scopes),
    invocation: invocationOf(tool, callId),
  };
}

// What is there as text need not become a value in between, unless it is the text of a string.
function resultText(end: Half | undefined): string {
  const printed = end?.printed === true && typeof end.payload === 'string' ? end.payload : '"';
  return printed.startsWith('"') ? toText(dataOf(end)) : printed;
}

function likeness(name: string, input: Json): string {
  return `${name} ${canonicalJson(isObject(input) ? input : input === '' || input === null ? {} : input)}`;
}

function append<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
