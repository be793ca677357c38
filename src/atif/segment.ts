// SPDX-License-Identifier: Apache-2.0
import { rfc3339 } from '../atof/clock.ts';
import type { AtofMarkEvent, Json, JsonObject } from '../atof/event.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import { field, isObject, stringOf } from '../codecs/read.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { answerOf } from './inference.ts';
import { ancestryOf } from './lineage.ts';
import { createObservations, ownResult, toolCallId } from './observations.ts';
import { definitionName, requestContent, type RequestView, toolDefinitions, viewRequest } from './request-view.ts';
import { retriedBy, type Scope } from './scopes.ts';
import { type CallDraft, draftCall, type StepDraft } from './step-draft.ts';
import { turnOfResponse } from './turn.ts';

/** The part of a stream that one trajectory tells: gathers its steps while the moments pass in order of time. */
export interface Segment {
  start(scope: Scope, micros: number): void;
  end(scope: Scope, micros: number): void;
  mark(mark: AtofMarkEvent, micros: number): void;
  /** What was gathered. Call it once, at the end. */
  finish(): Gathered;
}

/** All that one trajectory is made of, before nested agents are put in. */
export interface Gathered {
  readonly drafts: readonly StepDraft[];
  /** Nested agents that were started here, with the call of the tool that started them. */
  readonly agents: readonly { readonly agent: Scope; readonly micros: number }[];
  readonly callOfTool: ReadonlyMap<Scope, CallDraft>;
  readonly toolDefinitions: readonly JsonObject[];
  readonly modelName: string | undefined;
  readonly unfinished: readonly JsonObject[];
}

/** An empty segment. `attemptsOf` gives the further inferences that were made for a model call. */
export function createSegment(
  scopes: ReadonlyMap<string, Scope>,
  attemptsOf: (scope: Scope) => readonly Scope[],
): Segment {
  const observations = createObservations();
  const conversation: Conversation = createConversation(observations);
  const requests = new Map<Scope, RequestView>();
  const drafts: StepDraft[] = [];
  const agents: { agent: Scope; micros: number }[] = [];
  const callOfTool = new Map<Scope, CallDraft>();
  const definitions = new Map<string, JsonObject>();
  const unfinished: JsonObject[] = [];
  const waiting: Scope[] = [];
  const rejections: JsonObject[] = [];
  let lastTools: Json | undefined;
  let lastText: string | undefined;
  let modelName: string | undefined;
  let requestedModel: string | undefined;

  function startInference(scope: Scope, micros: number): void {
    const extra = { ancestry: ancestryOf(scope, scopes) };
    const request = viewRequest(scope);
    if (request) {
      requests.set(scope, request);
      requestedModel ??= request.head.model;
      drafts.push(...conversation.read(request, { micros, uuid: scope.uuid, extra }));
      if (sameJson(request.tools, lastTools)) return;
      lastTools = request.tools;
      for (const definition of toolDefinitions(request)) definitions.set(definitionName(definition), definition);
      return;
    }
    const content = requestContent(scope);
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    if (content === null || text === lastText) return;
    lastText = text;
    drafts.push({ micros, fields: { source: 'user', message: text }, extra, calls: [] });
  }

  function endInference(scope: Scope): void {
    const request = requests.get(scope);
    requests.delete(scope);
    const { step, response } = answerOf(scope, request, attemptsOf(scope), scopes);
    drafts.push(step);
    observations.issue(step.calls);
    conversation.answered(request, turnOfResponse(response), response.id);
    modelName ??= step.fields.model_name;
  }

  function endTool(tool: Scope, final: boolean): void {
    let call = observations.callOf(tool, final);
    if (!call && !final) {
      waiting.push(tool);
      return;
    }
    if (!call) {
      const input = tool.start?.event.data ?? {};
      call = draftCall({ id: toolCallId(tool) ?? '', name: tool.name, arguments: input }, tool.uuid);
      // No model asked for it: code ran the tool.
      const fields = { source: 'agent', message: '', llm_call_count: 0 } as const;
      drafts.push({ micros: tool.end?.micros ?? 0, fields, extra: {}, calls: [call] });
    }
    call.own = ownResult(tool, call.id, scopes);
    callOfTool.set(tool, call);
  }

  function reject({ data, name, category_profile: profile, metadata }: AtofMarkEvent, micros: number): void {
    const reason = stringOf(field(data, 'rejection_reason')) ?? '';
    const id = stringOf(profile?.['tool_call_id'] ?? metadata?.['tool_call_id']);
    const call = id === undefined ? undefined : observations.byId(id);
    if (call && !call.own) {
      call.own = { content: `guardrail rejected: ${reason}`, extra: { event_name: name, rejected: true } };
      return;
    }
    const last = drafts.at(-1);
    const rejection = { name, reason, timestamp: rfc3339(micros) };
    if (last) note(last, rejection);
    else rejections.push(rejection);
  }

  function note({ extra }: StepDraft, ...added: readonly JsonObject[]): void {
    const known = extra['rejections'];
    extra['rejections'] = [...(Array.isArray(known) ? (known as readonly Json[]) : []), ...added];
  }

  return {
    start(scope, micros) {
      const { uuid, name, category } = scope;
      if (!scope.end && ['llm', 'tool', 'agent'].includes(category)) {
        unfinished.push({ uuid, name, category, timestamp: rfc3339(micros) });
      }
      if (category === 'agent') agents.push({ agent: scope, micros });
      else if (category === 'llm' && !retriedBy(scope, scopes)) startInference(scope, micros);
    },
    end(scope, micros) {
      if (scope.category === 'agent' && !scope.start) agents.push({ agent: scope, micros });
      if (retriedBy(scope, scopes)) return;
      if (scope.category === 'llm') endInference(scope);
      else if (scope.category === 'tool') endTool(scope, false);
    },
    mark(mark, micros) {
      if (isObject(mark.data) && mark.data['rejected'] === true) reject(mark, micros);
    },
    finish() {
      for (const tool of waiting) endTool(tool, true);
      const [first] = drafts;
      if (first && rejections.length > 0) note(first, ...rejections);
      return {
        drafts,
        agents,
        callOfTool,
        toolDefinitions: [...definitions.values()],
        modelName: modelName ?? requestedModel,
        unfinished,
      };
    },
  };
}
