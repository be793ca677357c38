// SPDX-License-Identifier: Apache-2.0

/** Names of ATOF events and their attributes where an event is recorded on a span. Frozen by a golden file. */
export const ATOF = {
  EVENT_START: 'atof.start',
  EVENT_END: 'atof.end',
  EVENT_MARK: 'atof.mark',
  UUID: 'atof.uuid',
  PARENT_UUID: 'atof.parent_uuid',
  ENVELOPE: 'atof.envelope',
  DATA: 'atof.data',
  SIZE: 'atof.size',
} as const;

/** Members of W3C baggage in which `inject` names the stack and the scope, beside `traceparent`. */
export const BAGGAGE = {
  ROOT_UUID: 'flow.root_uuid',
  PARENT_UUID: 'flow.parent_uuid',
} as const;

/** Keys that the runtime puts into the metadata of events. Those without the prefix are conventions of the reference runtime. */
export const METADATA = {
  ROOT_UUID: 'root_uuid',
  TRACE_ID: 'trace_id',
  SPAN_ID: 'span_id',
  STATUS_CODE: 'otel.status_code',
  STATUS_DESCRIPTION: 'otel.status_description',
  ERROR_TYPE: 'error.type',
  EXCEPTION_TYPE: 'exception.type',
  CANCELLED: 'cancelled',
  /** Guardrails that allowed the call: `[{ name, micros }]`. */
  GUARDRAILS: 'flow.guardrails',
  /** Number of this attempt, from 2. */
  ATTEMPT: 'flow.attempt',
  /** Usage of the one inference that this call made itself, where it is not that of the recorded response; null: it made none. */
  USAGE: 'flow.usage',
  /** Id of the codec that understands the payloads. */
  CODEC: 'flow.codec',
  /** `gen_ai.provider.name` of a model call. */
  PROVIDER: 'flow.provider',
  /** `joined`, `started` or `ambiguous`: how an unscoped model call found its run. */
  RUN: 'flow.run',
  /** Name that its server has for a tool, where the framework that calls it has another. */
  MCP_TOOL: 'flow.mcp.tool.name',
  /** Why the runtime closed something that the application left open. */
  END_REASON: 'flow.end_reason',
  /** True on the start of a scope whose agents take turns in one conversation: they tell one trajectory. */
  TRAJECTORY: 'flow.trajectory',
} as const;
