// SPDX-License-Identifier: Apache-2.0
import { type Diagnostic, lastDiagnostic, onDiagnostic } from '../runtime/diagnostics.ts';
import { type RegistrationInfo, processRegistry, registrations } from '../runtime/chains.ts';
import { flush, flushSync } from '../runtime/outbox.ts';
import {
  type EventRegistrar,
  type LlmRegistrar,
  type Registrar,
  type ToolRegistrar,
  registrarOf,
} from '../runtime/registrar.ts';
import { type LlmCalls, type ToolCalls, llmCalls, toolCalls } from './calls.ts';
import { type ScopeApi, scopeApi } from './scope.ts';

/** What applications, frameworks and policy call. The registrars on it belong to the whole process. */
export interface Flow extends Registrar {
  readonly scope: ScopeApi;
  readonly tool: ToolRegistrar & ToolCalls;
  readonly llm: LlmRegistrar & LlmCalls;
  readonly event: EventRegistrar;
  /** What is registered for the current scope, in order of execution, with what gates keep out of it. */
  registrations(): readonly RegistrationInfo[];
  /** Resolves when every event emitted so far is delivered and written; gives up on whoever takes longer than `timeout` ms (default 5000). */
  flush(timeout?: number): Promise<void>;
  /** Delivers at once what needs no waiting; fields of events whose sanitizers are still running go out cleared. */
  flushSync(): void;
  /** Calls back for each failure that was kept from the application. Returns the undo. */
  onDiagnostic(listener: (diagnostic: Diagnostic) => void): () => void;
  lastDiagnostic(): Diagnostic | undefined;
}

/** A flow on this copy's own state. One of them becomes the process's. */
export function createFlow(): Flow {
  const registrar = registrarOf(() => processRegistry);
  return Object.freeze({
    scope: scopeApi,
    tool: Object.freeze({ ...registrar.tool, ...toolCalls }),
    llm: Object.freeze({ ...registrar.llm, ...llmCalls }),
    event: Object.freeze(registrar.event),
    addSubscriber: registrar.addSubscriber,
    addGate: registrar.addGate,
    registrations,
    flush,
    flushSync,
    onDiagnostic,
    lastDiagnostic,
  });
}
