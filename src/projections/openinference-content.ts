// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { OPENINFERENCE } from '../../semconv/index.ts';
import type { Json } from '../atof/event.ts';
import type { AnnotatedChoice, AnnotatedMessage } from '../codecs/annotated.ts';
import { field, isObject, listOf, stringOf } from '../codecs/read.ts';
import type { SpanSubject } from './gen-ai.ts';
import { openInferenceKind } from './openinference.ts';
import { writeReranked, writeRetrieved } from './openinference-documents.ts';
import {
  conversationText,
  messageText,
  leadingMessages,
  messagesOf,
  otherMessages,
  textOf,
  writeInputMessages,
  writeMessage,
  writeTools,
} from './openinference-messages.ts';

/**
 * Input and output of a scope or call, as its start and end events hold them, as attributes. The order counts: a span keeps those that came first. So
 * all of this belongs behind kind and usage, what came out before what went in, and the messages of the request last.
 */
export function openInferenceContent(subject: SpanSubject, input: Json, output: Json): Attributes {
  const attributes: Attributes = {};
  const kind = openInferenceKind(subject);
  if (kind === 'EMBEDDING') writeEmbeddings(attributes, subject, input);
  else if (subject.call?.kind === 'llm') writeInference(attributes, subject, input, output);
  else {
    write(attributes, 'OUTPUT', output);
    write(attributes, 'INPUT', input);
  }
  if (kind === 'TOOL' && input !== null) attributes[OPENINFERENCE.TOOL_PARAMETERS] = textOf(input);
  if (kind === 'RETRIEVER') writeRetrieved(attributes, output);
  if (kind === 'RERANKER') writeReranked(attributes, input, output);
  return attributes;
}

function write(attributes: Attributes, side: 'INPUT' | 'OUTPUT', value: Json, text: string = ''): void {
  if (value === null) return;
  const readable = text !== '' ? text : typeof value === 'string' ? value : undefined;
  attributes[OPENINFERENCE[`${side}_VALUE`]] = readable ?? JSON.stringify(value);
  attributes[OPENINFERENCE[`${side}_MIME_TYPE`]] = readable === undefined ? 'application/json' : 'text/plain';
}

function writeInference(attributes: Attributes, { call }: SpanSubject, input: Json, output: Json): void {
  const response = output === null ? undefined : call?.codec?.decodeResponse(output);
  const content = requestIn(input);
  const request = call?.codec?.decodeRequest(content);
  const answers = response === undefined ? [] : (response.choices ?? [response]).map(messageOf);
  const said = answers.map(messageText).filter((text) => text !== '');
  write(attributes, 'OUTPUT', output, response === undefined ? textIn(output) : said.join('\n\n'));
  answers.forEach((answer, index) => {
    if (Object.keys(answer).length > 1)
      writeMessage(attributes, `${OPENINFERENCE.LLM_OUTPUT_MESSAGES}.${index}`, answer);
  });
  const messages = request === undefined ? [] : messagesOf(request);
  write(attributes, 'INPUT', content, conversationText(messages));
  const first = leadingMessages(messages);
  writeInputMessages(attributes, messages, first);
  writeTools(attributes, request?.tools);
  writeInputMessages(attributes, messages, otherMessages(messages, first));
}

function messageOf({ message, reasoning, tool_calls: calls }: AnnotatedChoice): AnnotatedMessage {
  return {
    role: 'assistant',
    ...(message === undefined ? {} : { content: message }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(calls === undefined ? {} : { tool_calls: calls }),
  };
}

/** The request without its headers. */
function requestIn(input: Json): Json {
  if (!isObject(input)) return input;
  const { headers: _, content, ...rest } = input;
  return content ?? (Object.keys(rest).length === 0 ? null : rest);
}

/** Where responses that no codec knows have their text. */
function textIn(output: Json): string {
  for (const name of ['content', 'summary', 'message', 'text', 'prompt']) {
    const text = stringOf(field(output, name));
    if (text !== undefined) return text;
  }
  return '';
}

/** Texts, but no vectors: thousands of numbers that nobody reads would cost every span more than all the rest of it. */
function writeEmbeddings(attributes: Attributes, { call }: SpanSubject, input: Json): void {
  const given = call?.kind === 'llm' ? requestIn(input) : input;
  const texts =
    call?.codec?.decodeRequest(given)?.messages.map(({ content }) => content ?? null) ??
    (typeof given === 'string' ? [given] : listOf(given));
  write(attributes, 'INPUT', given, texts.length === 1 ? (stringOf(texts[0]) ?? '') : '');
  texts.forEach((text, index) => {
    // Tokens are numbers of one tokenizer, no text.
    if (typeof text === 'string')
      attributes[`${OPENINFERENCE.EMBEDDING_EMBEDDINGS}.${index}.${OPENINFERENCE.EMBEDDING_TEXT}`] = text;
  });
}
