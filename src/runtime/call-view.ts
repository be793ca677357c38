// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import { copyOf, snapshot } from '../atof/snapshot.ts';
import type { AnnotatedRequest } from '../codecs/annotated.ts';
import type { Call, LlmRequest } from './call.ts';
import { type ScopeHandle, handleOf } from './handle.ts';
import { invalid } from './checks.ts';
import { report } from './diagnostics.ts';
import { type MarkFields, emitMark } from './emit-mark.ts';
import { type MarkOptions, markFields } from './mark.ts';
import { type OptimizationContribution, checkContribution, takeContribution } from './optimization.ts';

/** Takes the copy of the view's input now, if that is still to be done. */
export let keepInput: (view: CallView) => void;

/** A call as middleware and callbacks see it, with the input that is in force where they stand. Read-only. */
export class CallView {
  readonly #call: Call;
  #input: unknown;
  #isOwn: boolean;

  /** Without `isOwn` the input is a copy, made when first read. */
  constructor(call: Call, input: unknown = call.input, isOwn = true) {
    this.#call = call;
    this.#input = input;
    this.#isOwn = isOwn;
  }

  get kind(): 'tool' | 'llm' {
    return this.#call.kind;
  }
  get name(): string {
    return this.#call.name;
  }
  /** The provider's id of a tool call, where there is one. */
  get id(): string | undefined {
    return this.#call.callId;
  }
  /** Uuid of the call's events. */
  get uuid(): string {
    return this.#call.place.uuid;
  }
  /** Arguments of a tool call. */
  get args(): unknown {
    return this.#call.kind === 'tool' ? this.#read() : undefined;
  }
  /** Request of a model call. */
  get request(): LlmRequest {
    return this.#call.kind === 'llm' ? (this.#read() as LlmRequest) : (undefined as never);
  }
  get model(): string | undefined {
    return this.#call.model;
  }
  /** `gen_ai.provider.name`. */
  get provider(): string | undefined {
    return this.#call.provider;
  }
  /** The request in one shape for all providers; undefined without a codec that understands it. Decoded when first read. */
  get annotated(): AnnotatedRequest | undefined {
    return this.#call.kind === 'llm' ? this.#call.annotated(this.#read()) : undefined;
  }
  get streaming(): boolean {
    return this.#call.streaming;
  }
  /** The scope in which the call was made. */
  get scope(): ScopeHandle {
    return handleOf(this.#call.parent as never);
  }
  get attributes(): readonly string[] {
    return this.#call.attributes;
  }
  get metadata(): JsonObject | undefined {
    return this.#call.metadata;
  }
  /** Aborted when the consumer stops. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  static {
    keepInput = (view) => view.#keep();
  }

  #read(): unknown {
    this.#keep();
    return this.#input;
  }

  #keep(): void {
    if (!this.#isOwn) this.#input = copyOf(this.#input);
    this.#isOwn = true;
  }

  /** A mark under the call. Held until its start event and dropped with a refusal. */
  mark(name: string, options?: MarkOptions): void {
    this.#mark(markFields(name, options));
  }

  #mark(fields: MarkFields): void {
    const { opened, place } = this.#call;
    if (opened) emitMark(place, fields, place.chains);
    else (this.#call.heldMarks ??= []).push({ ...fields, data: asItIsNow(fields.data) });
  }

  /**
   * Model calls only: what a middleware has changed, or would have, to make the call cheaper. Becomes a `flow.llm.optimization` mark, held like any other, and
   * part of the `optimization_summary` on the end event.
   */
  contribute(contribution: OptimizationContribution): void {
    const call = this.#call;
    const where = `contribution to ${call.kind} call '${call.name}'`;
    if (call.kind !== 'llm') invalid(where, 'only a call of kind llm takes one', call.kind);
    const fields = takeContribution((call.contributions ??= []), checkContribution(where, contribution));
    if (fields === undefined) report('optimization', call.name, new Error('too many contributions: one was dropped'));
    else this.#mark(fields);
  }

  /** Sets the annotation that a tool's end event carries beside its result. */
  annotate(json: Json): void {
    this.#call.place.annotation = project(json);
  }
}

// What becomes of it until the start must not show.
function asItIsNow(data: unknown): Json | undefined {
  const text = snapshot(data);
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}
