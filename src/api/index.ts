// SPDX-License-Identifier: Apache-2.0
import type { Flow } from './flow.ts';
import { getRuntime } from './runtime.ts';

/** The runtime of this process: scopes, managed calls, middleware, events. */
export const flow: Flow = getRuntime().flow;

export { codecs } from './codecs.ts';
export { ERROR_CODES, type ErrorCode, FlowError, GuardrailRejectedError, isFlowError } from '../errors.ts';
export type { AtofEvent, AtofMarkEvent, AtofScopeEvent, Json, JsonObject, ScopeType } from '../atof/event.ts';
export type { AnnotatedRequest, AnnotatedResponse, Codec, Usage } from '../codecs/annotated.ts';
export type { RegisterOptions, Registration } from '../pipeline/registry.ts';
export type { Verdict } from '../pipeline/verdict.ts';
export type { LlmRequest } from '../runtime/call.ts';
export type { CallEndOptions, CallHandle } from '../runtime/call-handle.ts';
export type { CallView } from '../runtime/call-view.ts';
export type { Diagnostic } from '../runtime/diagnostics.ts';
export type { EndOptions, ScopeHandle } from '../runtime/handle.ts';
export type { MarkOptions } from '../runtime/mark.ts';
export type { ChangedRequest, EventRegistrar, LlmRegistrar, Registrar, ToolRegistrar } from '../runtime/registrar.ts';
export type { LlmCallOptions, LlmRequestInput, LlmStreamOptions, ToolCallOptions } from './calls.ts';
export type { Flow } from './flow.ts';
export type { Captured, ScopeApi, ScopeOptions } from './scope.ts';
