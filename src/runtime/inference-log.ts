// SPDX-License-Identifier: Apache-2.0
import { type Attributes, type Context, trace } from '@opentelemetry/api';
import { GEN_AI, GEN_AI_LOG, METADATA, STABLE } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import { startSpan } from '../projections/gen-ai.ts';
import { requestContent, responseContent } from '../projections/gen-ai-content.ts';
import { SEVERITY, structured, wellFormed } from '../projections/log-record.ts';
import { type Slot, createSlot } from '../scope/slot.ts';
import type { Call, LlmRequest } from './call.ts';
import type { EventReader } from './emit.ts';
import { emitLog, hasLogger } from './logger.ts';
import { settings } from './settings.ts';
import { type Outcome, hrTime } from './span.ts';

/** Start events of the calls whose details will be told at their end. */
const starts: Slot<EventRecord> = createSlot('start of the details');

const isDetailed = (call: Call): boolean =>
  settings.logContent && call.kind === 'llm' && call.codec?.operation !== 'embeddings';

/** Keeps the sanitized request of a model call for the log record at its end. */
export function requestLog(call: Call): EventReader | undefined {
  if (!isDetailed(call) || !hasLogger()) return undefined;
  return { payload: true, read: (event) => void starts.set(call, event) };
}

/**
 * What makes log records of the end of a model call: its details with content, if log records may hold that, and what it failed with. `described` are
 * the attributes that its span got for the response.
 */
export function responseLog(call: Call, outcome: Outcome, described: Attributes): EventReader | undefined {
  const failed = call.kind === 'llm' && outcome.status === 'ERROR';
  const detailed = isDetailed(call) && starts.get(call) !== undefined;
  if (!(failed || detailed) || !hasLogger()) return undefined;
  return {
    payload: detailed,
    read(event, around) {
      const context = call.span === undefined ? around : trace.setSpan(around, call.span);
      if (detailed) logDetails(call, event, context, outcome, described);
      if (failed) logException(call, event, context, outcome);
      starts.set(call, undefined);
    },
  };
}

function logDetails(call: Call, end: EventRecord, context: Context, outcome: Outcome, described: Attributes): void {
  const head = {
    eventName: GEN_AI_LOG.INFERENCE_DETAILS,
    timestamp: hrTime(end.micros),
    context,
    ...SEVERITY.debug,
  };
  emitLog(head.eventName, head, () => {
    const request = (starts.get(call)?.data ?? undefined) as Partial<LlmRequest> | undefined;
    const attributes: Attributes = { ...startSpan(call, request?.content).attributes, ...described };
    if (call.timeToFirstChunk !== undefined) attributes[GEN_AI.RESPONSE_TIME_TO_FIRST_CHUNK] = call.timeToFirstChunk;
    if (outcome.errorType !== undefined) attributes[STABLE.ERROR_TYPE] = outcome.errorType;
    if (request?.content !== undefined) Object.assign(attributes, requestContent(call.codec, request.content));
    if (end.data !== null) Object.assign(attributes, responseContent(call.codec, end.data));
    return { attributes: wellFormed(structured(attributes) as JsonObject) as Attributes };
  });
}

// What a sanitizer took out of the event must not stay in the record.
function logException(call: Call, end: EventRecord, context: Context, outcome: Outcome): void {
  const head = {
    eventName: GEN_AI_LOG.OPERATION_EXCEPTION,
    timestamp: hrTime(end.micros),
    context,
    ...SEVERITY.warn,
  };
  emitLog(head.eventName, head, () => {
    const message = end.metadata?.[METADATA.STATUS_DESCRIPTION];
    const attributes: Record<string, Json> = {
      'exception.type': outcome.exceptionType ?? outcome.errorType ?? '_OTHER',
    };
    // Providers quote the request in it.
    if (settings.logContent && typeof message === 'string') attributes['exception.message'] = message;
    for (const name of [GEN_AI.OPERATION_NAME, GEN_AI.PROVIDER_NAME, GEN_AI.REQUEST_MODEL]) {
      const value = startSpan(call, undefined).attributes[name];
      if (typeof value === 'string') attributes[name] = value;
    }
    return { attributes: wellFormed(attributes) as Attributes };
  });
}
