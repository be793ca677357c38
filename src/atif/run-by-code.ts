// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { rfc3339, toMicros } from '../atof/clock.ts';
import type { JsonObject } from '../atof/event.ts';
import { ownResult, toolCallId } from './observations.ts';
import { dataOf, type Half, type Scope } from './scopes.ts';
import { draftCall, type StepDraft } from './step-draft.ts';

// A long run may be little else than tools that code calls. Their steps are made when they are printed, and the text of one whose payloads are
// text already is put together from that.

/** No model asked for it: code ran the tool. */
const FIELDS: StepDraft['fields'] = { source: 'agent', message: '', llm_call_count: 0 };

/** The step of a tool that no model asked for, still to be {@link expandRun expanded}. */
export function draftRun(tool: Scope): StepDraft {
  return { micros: tool.end?.micros ?? 0, fields: FIELDS, extra: {}, calls: [], run: tool };
}

/** The same with its call and result. */
export function expandRun(draft: StepDraft, tool: Scope, scopes: ReadonlyMap<string, Scope>): StepDraft {
  const input = dataOf(tool.start) ?? {};
  const call = draftCall({ id: toolCallId(tool) ?? '', name: tool.name, arguments: input }, tool.uuid);
  call.own = ownResult(tool, call.id, scopes);
  return { micros: draft.micros, fields: draft.fields, extra: draft.extra, calls: [call] };
}

/** The JSON text of that step without its number, which stands in front. Undefined where it says more than most do: then it is to be printed as any other. */
export function runLine(tool: Scope, scopes: ReadonlyMap<string, Scope>): string | undefined {
  const { start, end, parentUuid } = tool;
  if (start?.printed !== true || end?.printed !== true || end.profile !== null) return undefined;
  if (isRemarkable(start) || isRemarkable(end)) return undefined;
  const input = start.payload as string | undefined;
  const output = end.payload as string | undefined;
  // The line has no break.
  if (input?.startsWith('{') !== true || input.includes('\n') || output?.includes('\n') === true) return undefined;
  const uuid = JSON.stringify(tool.uuid);
  const ownId = toolCallId(tool);
  const id = ownId ? JSON.stringify(ownId) : uuid;
  const name = JSON.stringify(tool.name);
  const content = output === undefined ? '""' : output.startsWith('"') ? output : JSON.stringify(output);
  const around = parentUuid === null ? undefined : scopes.get(parentUuid);
  const parent = parentUuid === null ? '' : JSON.stringify(parentUuid);
  const from = parent === '' ? '' : `,"parent_event_uuid":${parent}`;
  const within = `${parent === '' ? '' : `,"parent_id":${parent}`}${around === undefined ? '' : `,"parent_name":${JSON.stringify(around.name)}`}`;
  return `${BEFORE_TIME}${rfc3339(end.micros)}","source":"agent","message":"","llm_call_count":0,"tool_calls":[{"tool_call_id":${id},"function_name":${name},"arguments":${input}}],"observation":{"results":[{"source_call_id":${id},"content":${content},"extra":{"event_name":${name},"event_uuid":${uuid}${from}}}]},"extra":{"tool_ancestry":[{"function_id":${uuid},"function_name":${name}${within}}],"tool_invocations":[{"invocation_id":${id},"framework":"flow","status":"completed","start_timestamp":${start.micros / 1e6},"end_timestamp":${end.micros / 1e6}}]}}`;
}

const BEFORE_TIME = '"timestamp":"';

/** The step of such a line. */
export function draftOf(line: string): StepDraft {
  const time = line.slice(BEFORE_TIME.length, line.indexOf('"', BEFORE_TIME.length));
  return { micros: toMicros(time), fields: FIELDS, extra: {}, calls: [], line };
}

/** A line with its number is JSON. */
export function numbered(line: string, stepId: number): string {
  return `{"step_id":${stepId},${line}`;
}

/** The tool of such a line, with all that matters of it. */
export function runOf(line: string): Scope {
  const { timestamp, tool_calls: calls, observation, extra } = JSON.parse(`{${line}`) as RunStep;
  const [{ function_name: name, arguments: input }] = calls;
  const [{ content }] = observation.results;
  const [{ function_id: uuid, parent_id: parentUuid = null }] = extra.tool_ancestry;
  const [{ start_timestamp: seconds }] = extra.tool_invocations;
  const scope: Scope = { uuid, parentUuid, name, category: 'tool', start: undefined, end: undefined };
  const said = { scope, printed: true, known: undefined, metadata: null, profile: null };
  scope.start = { ...said, kind: 'start', micros: Math.round(seconds * 1e6), payload: JSON.stringify(input) };
  scope.end = { ...said, kind: 'end', micros: toMicros(timestamp), payload: JSON.stringify(content) };
  return scope;
}

interface RunStep {
  readonly timestamp: string;
  readonly tool_calls: readonly [{ readonly function_name: string; readonly arguments: JsonObject }];
  readonly observation: { readonly results: readonly [{ readonly content: string }] };
  readonly extra: {
    readonly tool_ancestry: readonly [{ readonly function_id: string; readonly parent_id?: string }];
    readonly tool_invocations: readonly [{ readonly start_timestamp: number }];
  };
}

/** Something else may have happened than that it completed. */
function isRemarkable({ metadata }: Half): boolean {
  return (
    metadata !== null &&
    (metadata[METADATA.CANCELLED] !== undefined || (metadata[METADATA.STATUS_CODE] ?? 'OK') !== 'OK')
  );
}
