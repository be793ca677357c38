// SPDX-License-Identifier: Apache-2.0
import { INVALID_TRACEID, type SpanContext, isSpanContextValid } from '@opentelemetry/api';
import { traceIdAsUuid } from '../atof/uuid.ts';
import type { Scope } from './scope.ts';

/** A test of its own: the API's own takes a tenth of a call. */
const TRACE_ID = /^[\da-f]{32}$/;

/**
 * The root uuid of a top-level scope: what identifies its stack. In this order: the root begun by `isolate` or `extract`; the root of the
 * run that it joins; the trace around it; the trace that its own span starts; the process.
 */
export function decideRootUuid(
  root: Scope,
  joined: string | undefined,
  around: SpanContext | undefined,
  own: SpanContext | undefined,
): string {
  if (root.isolated) return root.rootUuid;
  if (joined !== undefined) return joined;
  if (around !== undefined && isSpanContextValid(around)) return traceIdAsUuid(around.traceId);
  if (own !== undefined && TRACE_ID.test(own.traceId) && own.traceId !== INVALID_TRACEID)
    return traceIdAsUuid(own.traceId);
  return root.uuid;
}
