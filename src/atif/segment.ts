// SPDX-License-Identifier: Apache-2.0
import { rfc3339 } from '../atof/clock.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import { field, stringOf } from '../codecs/read.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { answerOf } from './inference.ts';
import { ancestryOf } from './lineage.ts';
import { createObservations, ownResult } from './observations.ts';
import { definitionName, requestContent, type RequestView, toolDefinitions, viewRequest } from './request-view.ts';
import { draftRun, expandRun } from './run-by-code.ts';
import { type Mark, retriedBy, type Scope } from './scopes.ts';
import { draftsOf, type SettledSteps } from './settled-steps.ts';
import { PACE } from './pace.ts';
import type { CallDraft, StepDraft } from './step-draft.ts';
import { turnOfResponse } from './turn.ts';

/** The part of a stream that one trajectory tells: gathers its steps while the moments pass in order of time. */
export interface Segment {
  start(scope: Scope, micros: number): void;
  end(scope: Scope, micros: number): void;
  mark(mark: Mark): void;
  /** What was gathered, with these steps that are there already. Call it once, at the end; it pauses wherever its caller may. */
  finish(settled: readonly SettledSteps[]): Generator<void, Gathered>;
}

/** All that one trajectory is made of, before nested agents are put in. */
export interface Gathered {
  readonly drafts: readonly StepDraft[];
  readonly settled: readonly SettledSteps[];
  /** Nested agents that were started here, with the call of the tool that started them. */
  readonly agents: readonly { readonly agent: Scope; readonly micros: number }[];
  readonly callOfTool: ReadonlyMap<Scope, CallDraft>;
  readonly toolDefinitions: readonly JsonObject[];
  readonly modelName: string | undefined;
  readonly unfinished: readonly JsonObject[];
}

/** What segments of one stream share. */
export interface Surroundings {
  readonly scopes: ReadonlyMap<string, Scope>;
  /** The further inferences that were made for a model call. */
  readonly attemptsOf: (call: Scope) => readonly Scope[];
  /** Requests need not keep what they repeat once it was told; takes the characters that were saved. */
  readonly forgot: ((characters: number) => void) | undefined;
  /** Names of tools that models asked for: takes more. */
  readonly asked: Set<string>;
}

/** An empty segment. */
export function createSegment({ scopes, attemptsOf, forgot, asked }: Surroundings): Segment {
  const observations = createObservations(asked);
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
  let front: readonly Json[] = [];
  let lastText: string | undefined;
  let modelName: string | undefined;
  let requestedModel: string | undefined;

  function startInference(scope: Scope, micros: number): void {
    const extra = { ancestry: ancestryOf(scope, scopes) };
    const content = requestContent(scope);
    const request = viewRequest(scope, content);
    if (request) {
      requests.set(scope, request);
      requestedModel ??= request.head.model;
      const news = conversation.read(request, { micros, uuid: scope.uuid, extra });
      drafts.push(...news.drafts);
      if (!sameJson(request.tools, lastTools)) {
        lastTools = request.tools;
        for (const definition of toolDefinitions(request)) definitions.set(definitionName(definition), definition);
      }
      if (!forgot) return;
      const cut = request.forget({ system: news.system, until: news.knownTo, tools: lastTools, front });
      if (!cut) return;
      front = cut.front;
      forgot(cut.saved);
      return;
    }
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
      let draft = draftRun(tool);
      // Nothing will be added to a tool's call where no agent started.
      if (agents.length > 0) draft = expandRun(draft, tool, scopes);
      drafts.push(draft);
      [call] = draft.calls;
    } else call.own = ownResult(tool, call.id, scopes);
    if (call) callOfTool.set(tool, call);
  }

  function reject({ data, name, profile, metadata, micros }: Mark): void {
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
    mark: reject,
    *finish(settled) {
      const told = drafts.length;
      let done = 0;
      for (const tool of waiting) {
        endTool(tool, true);
        if (++done % PACE === 0) yield;
      }
      let whole = settled;
      if (rejections.length > 0) {
        const [earliest, ...later] = settled.toSorted((a, b) => a.from - b.from);
        // What is settled comes beside those tools that waited, behind all that was told before.
        if (earliest && told === 0 && earliest.from <= (drafts[0]?.micros ?? Infinity)) {
          drafts.unshift(...draftsOf(earliest));
          whole = later;
        }
        if (drafts[0]) note(drafts[0], ...rejections);
      }
      return {
        drafts,
        settled: whole,
        agents,
        callOfTool,
        toolDefinitions: [...definitions.values()],
        modelName: modelName ?? requestedModel,
        unfinished,
      };
    },
  };
}
