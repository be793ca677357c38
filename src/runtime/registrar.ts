// SPDX-License-Identifier: Apache-2.0
import type { AtofEvent } from '../atof/event.ts';
import type { GateOptions, Kind, RegisterOptions, Registration, Registry } from '../pipeline/registry.ts';
import type { Next } from '../pipeline/layers.ts';
import type { Verdict } from '../pipeline/verdict.ts';
import type { AnnotatedRequest } from '../codecs/annotated.ts';
import type { CallView } from './call-view.ts';
import type { LlmRequest } from './call.ts';
import type { SanitizedFields } from './sanitize.ts';

type Maybe<Value> = Value | PromiseLike<Value>;
type Add<Callback> = (name: string, callback: Callback, options?: RegisterOptions) => Registration;

/** Middleware of tool calls. Each callback may return a promise. */
export interface ToolRegistrar {
  readonly addConditionalExecution: Add<(call: CallView) => Maybe<Verdict | void>>;
  readonly addRequestIntercept: Add<(call: CallView) => unknown>;
  readonly addExecutionIntercept: Add<(call: CallView, next: Next<unknown, unknown>) => unknown>;
  readonly addSanitizeRequest: Add<(args: unknown, call: CallView) => unknown>;
  readonly addSanitizeResponse: Add<(result: unknown, call: CallView) => unknown>;
}

/** A request as an intercept hands it on: provider-shaped, or edited in the shape that all providers share. */
export type ChangedRequest =
  | Partial<LlmRequest>
  | { readonly annotated: AnnotatedRequest; readonly headers?: LlmRequest['headers'] };

/** Middleware of model calls. Buffered and streaming calls share everything but their execution intercepts. */
export interface LlmRegistrar {
  readonly addConditionalExecution: Add<(call: CallView) => Maybe<Verdict | void>>;
  readonly addRequestIntercept: Add<(call: CallView) => Maybe<ChangedRequest | undefined | void>>;
  readonly addExecutionIntercept: Add<(call: CallView, next: Next<ChangedRequest, unknown>) => unknown>;
  readonly addStreamExecutionIntercept: Add<
    (call: CallView, next: Next<ChangedRequest, AsyncIterable<unknown>>) => Maybe<AsyncIterable<unknown>>
  >;
  readonly addSanitizeRequest: Add<(request: LlmRequest, call: CallView) => unknown>;
  readonly addSanitizeResponse: Add<(response: unknown, call: CallView) => unknown>;
}

/** Middleware of events: what it changes is what is observed, never what happens. */
export interface EventRegistrar {
  readonly addMetadata: Add<(event: AtofEvent) => Maybe<Readonly<Record<string, unknown>> | undefined | void>>;
  readonly addSanitizeMark: Add<(event: AtofEvent) => Maybe<SanitizedFields>>;
  readonly addSanitizeScopeStart: Add<(event: AtofEvent) => Maybe<SanitizedFields>>;
  readonly addSanitizeScopeEnd: Add<(event: AtofEvent) => Maybe<SanitizedFields>>;
}

/** Everything that one owner (the process or a scope) can register. */
export interface Registrar {
  readonly tool: ToolRegistrar;
  readonly llm: LlmRegistrar;
  readonly event: EventRegistrar;
  /**
   * Calls back for each event, in order, one at a time, never between a call's return and its caller's continuation. The event's members are accessors:
   * `JSON.stringify(event)` and `event.toJSON()` work, `{ ...event }` is empty.
   */
  readonly addSubscriber: Add<(event: AtofEvent) => unknown>;
  /**
   * Asks, for each call and event, about what is registered on the process: a reason (a non-empty string) keeps it out of that call or event, nothing
   * leaves it in. Never asked about what a scope registered. Answers at once; a gate that throws or answers otherwise keeps nothing out.
   */
  readonly addGate: (
    name: string,
    callback: (registration: {
      readonly kind: Kind;
      readonly name: string;
      readonly owner: string;
    }) => string | null | undefined | void,
    options?: GateOptions,
  ) => Registration;
}

/** The registrar of a registry. */
export function registrarOf(registry: () => Registry): Registrar {
  const add =
    (kind: Kind): Add<unknown> =>
    (name, callback, options) =>
      registry().add(kind, name, callback, options);
  return {
    tool: {
      addConditionalExecution: add('tool.conditional_execution'),
      addRequestIntercept: add('tool.request_intercept'),
      addExecutionIntercept: add('tool.execution_intercept'),
      addSanitizeRequest: add('tool.sanitize_request'),
      addSanitizeResponse: add('tool.sanitize_response'),
    },
    llm: {
      addConditionalExecution: add('llm.conditional_execution'),
      addRequestIntercept: add('llm.request_intercept'),
      addExecutionIntercept: add('llm.execution_intercept'),
      addStreamExecutionIntercept: add('llm.stream_execution_intercept'),
      addSanitizeRequest: add('llm.sanitize_request'),
      addSanitizeResponse: add('llm.sanitize_response'),
    },
    event: {
      addMetadata: add('event.metadata'),
      addSanitizeMark: add('event.sanitize_mark'),
      addSanitizeScopeStart: add('event.sanitize_scope_start'),
      addSanitizeScopeEnd: add('event.sanitize_scope_end'),
    },
    addSubscriber: add('subscriber'),
    addGate: add('gate') as Registrar['addGate'],
  };
}
