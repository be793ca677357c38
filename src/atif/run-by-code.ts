// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { rfc3339 } from '../atof/clock.ts';
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

/** The JSON text of that step. Undefined where it says more than most do: then it is to be printed as any other. */
export function runText(
  { micros, extra }: StepDraft,
  tool: Scope,
  scopes: ReadonlyMap<string, Scope>,
  stepId: number,
): string | undefined {
  const { start, end, parentUuid } = tool;
  if (start?.printed !== true || end?.printed !== true || end.profile !== null) return undefined;
  if (extra['rejections'] !== undefined || isRemarkable(start) || isRemarkable(end)) return undefined;
  const input = start.payload as string | undefined;
  const output = end.payload as string | undefined;
  if (input?.startsWith('{') !== true) return undefined;
  const id = JSON.stringify(toolCallId(tool) || tool.uuid);
  const uuid = JSON.stringify(tool.uuid);
  const name = JSON.stringify(tool.name);
  const content = output === undefined ? '""' : output.startsWith('"') ? output : JSON.stringify(output);
  const around = parentUuid === null ? undefined : scopes.get(parentUuid);
  const parent = parentUuid === null ? '' : JSON.stringify(parentUuid);
  const from = parent === '' ? '' : `,"parent_event_uuid":${parent}`;
  const within = `${parent === '' ? '' : `,"parent_id":${parent}`}${around === undefined ? '' : `,"parent_name":${JSON.stringify(around.name)}`}`;
  return `{"step_id":${stepId},"timestamp":"${rfc3339(micros)}","source":"agent","message":"","llm_call_count":0,"tool_calls":[{"tool_call_id":${id},"function_name":${name},"arguments":${input}}],"observation":{"results":[{"source_call_id":${id},"content":${content},"extra":{"event_name":${name},"event_uuid":${uuid}${from}}}]},"extra":{"tool_ancestry":[{"function_id":${uuid},"function_name":${name}${within}}],"tool_invocations":[{"invocation_id":${id},"framework":"flow","status":"completed","start_timestamp":${start.micros / 1e6},"end_timestamp":${end.micros / 1e6}}]}}`;
}

/** Something else may have happened than that it completed. */
function isRemarkable({ metadata }: Half): boolean {
  return (
    metadata !== null &&
    (metadata[METADATA.CANCELLED] !== undefined || (metadata[METADATA.STATUS_CODE] ?? 'OK') !== 'OK')
  );
}
