// SPDX-License-Identifier: Apache-2.0

import { countingIds } from '../support/model-server/ids.ts';
import type { Outcome, RecordedRequest } from '../support/model-server/recorded-request.ts';
import type { MakeId } from '../support/model-server/reply.ts';
import type { ModelServer } from '../support/model-server/server.ts';
import { startOpenAiServer } from '../support/openai-server/server.ts';
import { normalise, sentHeaders } from './normalise.ts';
import type { ScenarioFile } from './scenario-files.ts';

/** A request as it reached the server, in the form in which two runs are compared. */
export interface SentRequest {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly outcome: Outcome;
}

/** The server of all scenarios: `/<run>/<copy>/<file>/<name>/…` is answered by the script of that scenario. */
export interface ScenarioServer {
  readonly origin: string;
  /** Answers a question that a scenario asked over its link. */
  onMessage(message: unknown): Promise<object>;
  /** What one scenario of a run sent; waits until every exchange has ended. */
  sent(run: string, scenario: string): Promise<readonly SentRequest[]>;
  close(): Promise<void>;
}

interface Conversation {
  readonly requests: RecordedRequest[];
  readonly ids: MakeId;
  readonly gates: Map<string, PromiseWithResolvers<void>>;
  waiting: readonly { readonly count: number; readonly resolve: () => void }[];
}

/** Starts a provider's server with this script; it gets what the script answers in the provider's own form. */
export type StartServer = (options: {
  readonly reply: (request: RecordedRequest) => Promise<never>;
}) => Promise<ModelServer>;

/** Starts the server, that of OpenAI unless another is named. Ids and times in its answers are the same in every run. */
export async function startScenarioServer(
  files: readonly ScenarioFile[],
  start: StartServer = startOpenAiServer,
): Promise<ScenarioServer> {
  const conversations = new Map<string, Conversation>();
  const server = await start({ reply: answer });

  async function answer(request: RecordedRequest): Promise<never> {
    const key = /^(\/[^/]+){4}/.exec(request.path)?.[0] ?? '';
    const conversation = conversationAt(key);
    conversation.requests.push(request);
    const count = conversation.requests.length;
    conversation.waiting = conversation.waiting.filter((waiter) => waiter.count > count || void waiter.resolve());
    const [, , , file, name] = key.split('/');
    const scenarios = files.find((entry) => entry.file === file)?.scenarios;
    const script = scenarios?.find((scenario) => scenario.name === name)?.reply;
    const until = (gate: string): Promise<void> => gateOf(conversation, gate).promise;
    const reply = script ? await script(request, count - 1, { until }) : { text: 'Hello there, friend.' };
    return { ids: conversation.ids, created: 1_700_000_000, ...reply } as never;
  }

  function conversationAt(key: string): Conversation {
    const found = conversations.get(key);
    if (found) return found;
    const made: Conversation = { requests: [], ids: countingIds(), gates: new Map(), waiting: [] };
    conversations.set(key, made);
    return made;
  }

  async function resolveQuestion(conversation: Conversation, question: Question): Promise<unknown> {
    if (question.arrived !== undefined) {
      const count = question.arrived;
      if (conversation.requests.length >= count) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      conversation.waiting = [...conversation.waiting, { count, resolve }];
      return promise;
    }
    if (question.requests) return Promise.all(conversation.requests.map((request) => sentRequest(request, String)));
    if (question.chunksSent) return conversation.requests.map((request) => request.sent);
    if (question.release !== undefined) return gateOf(conversation, question.release).resolve();
    return Promise.all(conversation.requests.map((request) => request.closed));
  }

  return {
    origin: server.origin,
    onMessage: async (message) => {
      const { key, question } = message as { readonly key: string; readonly question: Question };
      const result = await resolveQuestion(conversationAt(key), question);
      return { key, question: JSON.stringify(question), answer: result };
    },
    sent: (run, scenario) => {
      const prefix = `/${run}/${scenario}/`;
      const clean = (text: string): string => normalise(text, server.origin, run);
      const own = server.requests.filter((request) => request.path.startsWith(prefix));
      return Promise.all(own.map((request) => sentRequest(request, clean)));
    },
    close: server.close,
  };
}

interface Question {
  readonly arrived?: number;
  readonly release?: string;
  readonly chunksSent?: boolean;
  readonly requests?: boolean;
}

function gateOf(conversation: Conversation, name: string): PromiseWithResolvers<void> {
  const found = conversation.gates.get(name);
  if (found) return found;
  const made = Promise.withResolvers<void>();
  conversation.gates.set(name, made);
  return made;
}

async function sentRequest(request: RecordedRequest, clean: (text: string) => string): Promise<SentRequest> {
  const { method, path, query, rawHeaders, raw, closed } = request;
  return {
    line: clean(`${method} ${path}${query && `?${query}`}`),
    headers: sentHeaders(rawHeaders).map(clean),
    body: raw.toString('utf8'),
    outcome: await closed,
  };
}
