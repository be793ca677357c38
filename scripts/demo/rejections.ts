// SPDX-License-Identifier: Apache-2.0
import { ATOF } from '../../semconv/index.ts';
import type { DecodedSpan } from '../../test/support/collector/index.ts';

/** A tool call that a guardrail refused. */
export interface Rejection {
  readonly tool: string;
  readonly guardrail: string;
  readonly reason: string;
}

/** Reads the guardrail's scope out of its span: the span event holds the ATOF event with its payload. */
export function rejectionOf(span: DecodedSpan): Rejection | undefined {
  const payload = (name: string): Record<string, unknown> => {
    const data = span.events.find((event) => event.name === name)?.attributes[ATOF.DATA];
    const value: unknown = typeof data === 'string' ? JSON.parse(data) : undefined;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  };
  const { kind, target_name: tool } = payload(ATOF.EVENT_START);
  const { rejected, rejection_reason: reason } = payload(ATOF.EVENT_END);
  if (kind !== 'tool_conditional_execution' || rejected !== true) return undefined;
  return { tool: String(tool), guardrail: span.name, reason: String(reason) };
}
