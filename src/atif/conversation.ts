// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import { contentText } from '../codecs/content-text.ts';
import { toContent } from './content.ts';
import type { Observations } from './observations.ts';
import type { RequestView } from './request-view.ts';
import { draftCall, type StepDraft } from './step-draft.ts';
import { printTurn, type Turn } from './turn.ts';
import { answerAt, findUntold, isAnswer, isSystem, leadingSystem } from './untold.ts';

/** How much of its conversations a trajectory has told already. */
export interface Conversation {
  /** The steps that a request adds: what it says for the first time. Tool results in it go to the calls that they answer. */
  read(request: RequestView, at: { readonly micros: number; readonly uuid: string; readonly extra: JsonObject }): News;
  /** Notes what the model answered: a request that repeats it is known up to there. */
  answered(request: RequestView | undefined, answer: Turn, responseId: string | undefined): void;
}

/** What a request says for the first time. */
export interface News {
  readonly drafts: readonly StepDraft[];
  /** Messages of system text in front, and the index up to which what follows them need not be kept. */
  readonly system: number;
  readonly knownTo: number;
}

/** Nothing told yet. */
export function createConversation(observations: Observations): Conversation {
  const ids = new Map<string, number>();
  /** The answers that were told, by number, with the number of the system text that they were given under. */
  const told = new Map<number, number>();
  const systems = new Set<number>();
  const systemOf = new WeakMap<RequestView, number>();
  const said = new Set<string>();

  /** A short name for a long text. */
  function idOf(text: string): number {
    const id = ids.get(text) ?? ids.size;
    ids.set(text, id);
    return id;
  }

  function isTold(answer: Turn | undefined): boolean {
    if (answer === undefined) return told.size > 0;
    if (told.has(idOf(printTurn(answer)))) return true;
    return answer.calls.length > 0 && answer.calls.every(({ id }) => observations.isIssued(id));
  }

  /** The same request sent again (a retry, several samples) says nothing new. */
  function once(key: string): boolean {
    if (said.has(key)) return false;
    said.add(key);
    return true;
  }

  return {
    read(request, { micros, uuid, extra }) {
      const drafts: StepDraft[] = [];
      const say = (fields: StepDraft['fields'], own: JsonObject): StepDraft => {
        const draft: StepDraft = { micros, fields, extra: { ...own }, calls: [] };
        drafts.push(draft);
        return draft;
      };
      const system = leadingSystem(request);
      const { from, lastAnswer, knownTo, anchor } = findUntold(request, system.length, isTold);
      const anchorId = idOf(anchor || responseKey(request.head.previous_response_id));

      const under = told.get(anchorId);
      // A request that leaves the system text out changes nothing about it.
      const systemId = system.text === '' && under !== undefined ? under : idOf(system.text);
      if (system.text !== '' && (under === undefined ? !systems.has(systemId) : under !== systemId)) {
        say({ source: 'system', message: system.text }, extra);
      }
      systems.add(systemId);
      systemOf.set(request, systemId);

      for (let index = from; index < lastAnswer;) {
        if (!isAnswer(request.message(index))) {
          hear(index++);
          continue;
        }
        const start = index;
        while (index < lastAnswer && isAnswer(request.message(index))) index++;
        const answer = answerAt(request, start, index);
        if (!answer) continue;
        const draft = say({ source: 'agent', message: answer.text, is_copied_context: true }, {});
        draft.calls.push(...answer.calls.map((call, place) => draftCall(call, `${uuid}:${start}:${place}`)));
        observations.issue(draft.calls);
        told.set(idOf(printTurn(answer)), systemId);
      }
      for (let index = lastAnswer; index < request.count; index++) hear(index);
      return { drafts, system: system.length, knownTo };

      /** What somebody else than the model said: a tool's result, a user, a system message further down. */
      function hear(index: number): void {
        const message = request.message(index);
        const { role, content } = message;
        if (role === 'tool' || role === 'function') {
          observations.sent(message.tool_call_id, message.name, content);
        } else if (content !== undefined && once(`${anchorId} ${systemId} ${index} ${role} ${contentText(content)}`)) {
          const copied = index < lastAnswer;
          const source = isSystem(message) ? 'system' : 'user';
          say(
            { source, message: toContent(content), ...(copied ? { is_copied_context: true } : {}) },
            copied ? {} : extra,
          );
        }
      }
    },
    answered(request, answer, responseId) {
      const systemId = (request && systemOf.get(request)) ?? idOf('');
      told.set(idOf(printTurn(answer)), systemId);
      if (responseId !== undefined) told.set(idOf(responseKey(responseId)), systemId);
    },
  };
}

function responseKey(responseId: string | undefined): string {
  return responseId === undefined ? '' : `response ${responseId}`;
}
