// SPDX-License-Identifier: Apache-2.0
import type { Flow } from './flow.ts';
import { getRuntime } from './runtime.ts';

/** The runtime of this process: scopes, managed calls, middleware, events. */
export const flow: Flow = getRuntime().flow;

export { codecs } from './codecs.ts';
export { JsonPassthrough, type ValueCodec } from '../codecs/value-codec.ts';
export { ERROR_CODES, type ErrorCode, FlowError, GuardrailRejectedError, isFlowError } from '../errors.ts';
export type { AtofEvent, AtofMarkEvent, AtofScopeEvent, Json, JsonObject, ScopeType } from '../atof/event.ts';
export type {
  Accumulator,
  AnnotatedChoice,
  AnnotatedMessage,
  AnnotatedRequest,
  AnnotatedResponse,
  AnnotatedTool,
  AnnotatedToolCall,
  Codec,
  Cost,
  FinishReason,
  Usage,
} from '../codecs/annotated.ts';
export type { Next } from '../pipeline/layers.ts';
export type { Exclusion } from '../pipeline/gates.ts';
export type { GateOptions, Kind, RegisterOptions, Registration } from '../pipeline/registry.ts';
export type { Verdict } from '../pipeline/verdict.ts';
export type { LlmRequest } from '../runtime/call.ts';
export type { CallEndOptions, CallHandle } from '../runtime/call-handle.ts';
export type { RegistrationInfo } from '../runtime/chains.ts';
export type { CallView } from '../runtime/call-view.ts';
export type { Diagnostic } from '../runtime/diagnostics.ts';
export type { EndOptions, ScopeHandle } from '../runtime/handle.ts';
export type { MarkOptions } from '../runtime/mark.ts';
export type { MetricMarkOptions } from '../runtime/metric-mark.ts';
export type { Measurement, MeasurementKind, MeasurementValueType } from '../runtime/metrics-measurement.ts';
export type { OptimizationContribution, OptimizationModel, OptimizationTokens } from '../runtime/optimization.ts';
export type { ChangedRequest, EventRegistrar, LlmRegistrar, Registrar, ToolRegistrar } from '../runtime/registrar.ts';
export type {
  CallOptions,
  LlmCallOptions,
  LlmCalls,
  LlmRequestInput,
  LlmStepOptions,
  LlmStreamOptions,
  ToolCallOptions,
  ToolCalls,
} from './calls.ts';
export type { Flow } from './flow.ts';
export type { Captured, ScopeApi, ScopeOptions } from './scope.ts';
