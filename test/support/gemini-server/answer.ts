// SPDX-License-Identifier: Apache-2.0

import { asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { Exchange, RecordedRequest } from '../model-server/recorded-request.ts';
import { sendReply } from '../model-server/send-reply.ts';
import { sendEvents, sendJson } from '../model-server/send.ts';
import { batchEmbedContents, embedContent } from './embeddings.ts';
import { errorBody, sendError } from './errors.ts';
import { generateContent, generateContentChunks } from './generate-content.ts';
import type { AnswerReply, ReplyError, ReplyScript } from './reply.ts';
import { countPrompt } from './usage.ts';

/** Ends of paths that are answered; what stands before, such as `/v1` or `/v1beta`, is the base URL, whatever it is. */
export const endpoints: RegExp =
  /\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/;

/** Answers one request the way the script says, after the checks that the provider makes first. */
export async function answer(exchange: Exchange, script: ReplyScript, turn: number): Promise<void> {
  const refused = refusal(exchange.request);
  if (refused) return sendError(exchange, { status: refused.code }, refused);
  await sendReply<ReplyError, AnswerReply>(exchange, await script(exchange.request, turn), {
    answer: (reply) => sendAnswer(exchange, reply),
    error: (reply) => sendError(exchange, reply, reply.error),
  });
}

async function sendAnswer(exchange: Exchange, reply: AnswerReply): Promise<void> {
  const body = asObject(exchange.request.body);
  const [, model = '', method] = endpoints.exec(exchange.request.path) ?? [];
  if (method === 'streamGenerateContent') return sendStream(exchange, reply, generateContentChunks(model, body, reply));
  if (method === 'generateContent') return sendJson(exchange, reply, generateContent(model, body, reply));
  if (method === 'embedContent') return sendJson(exchange, reply, embedContent(body, reply));
  if (method === 'batchEmbedContents') return sendJson(exchange, reply, batchEmbedContents(body, reply));
  const totalTokens = reply.usage?.prompt ?? countPrompt(body);
  return sendJson(exchange, reply, {
    totalTokens,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }],
  });
}

/** Without `alt=sse` a stream is one JSON array. */
async function sendStream(exchange: Exchange, reply: AnswerReply, chunks: readonly JsonObject[]): Promise<void> {
  if (new URLSearchParams(exchange.request.query).get('alt') !== 'sse') return sendJson(exchange, reply, chunks);
  await sendEvents(exchange, reply, {
    events: chunks.map(dataLine),
    failure: (error) => dataLine(errorBody(error)),
  });
}

function dataLine(value: JsonObject): string {
  return `data: ${JSON.stringify(value)}\r\n\r\n`;
}

interface Refusal extends ReplyError {
  readonly code: number;
}

function refusal({ method, path, query, headers, body }: RecordedRequest): Refusal | undefined {
  if (method !== 'POST' || !endpoints.test(path)) return { code: 404, message: 'Requested entity was not found.' };
  if (!headers['x-goog-api-key'] && !headers.authorization && !new URLSearchParams(query).has('key')) {
    return { code: 403, message: "Method doesn't allow unregistered callers. Please use API Key." };
  }
  if (body === undefined) return { code: 400, message: 'Invalid JSON payload received.' };
  if (/:(streamG|g)enerateContent$/.test(path) && asObject(body).contents === undefined) {
    return { code: 400, message: '* GenerateContentRequest.contents: contents is not specified' };
  }
  return undefined;
}
