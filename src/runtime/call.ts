// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedRequest, Codec } from '../codecs/annotated.ts';
import type { Chains, Kind } from '../pipeline/registry.ts';
import type { CallSubject } from '../projections/gen-ai.ts';
import type { Frame } from '../scope/carrier.ts';
import { Scope } from '../scope/scope.ts';
import { topOf } from '../scope/stack.ts';
import { chainsOf } from './chains.ts';
import { type MarkFields } from './emit-mark.ts';
import type { OptimizationContribution } from './optimization.ts';

/** A model request as middleware sees it: the provider's own body, and headers as a plain object (null removes one). */
export interface LlmRequest {
  readonly headers: { readonly [name: string]: string | null };
  readonly content: Readonly<Record<string, unknown>>;
}

const FAMILY_NAMES = [
  'conditional_execution',
  'request_intercept',
  'execution_intercept',
  'sanitize_request',
  'sanitize_response',
] as const;
/** The families of middleware that tools and models both have. */
export type Family = (typeof FAMILY_NAMES)[number];

const familiesOf = (kind: 'tool' | 'llm'): Record<Family, Kind> =>
  Object.fromEntries(FAMILY_NAMES.map((name) => [name, `${kind}.${name}`])) as Record<Family, Kind>;
const NOTHING_YET = Object.freeze({ result: undefined });
const FAMILIES = { tool: familiesOf('tool'), llm: familiesOf('llm') };

/** What a managed call is made with. */
export interface CallFields {
  readonly kind: 'tool' | 'llm';
  readonly name: string;
  readonly type: Scope['type'];
  /** Tool arguments, or an {@link LlmRequest}. */
  readonly input: unknown;
  readonly callId?: string | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly codec?: Codec | undefined;
  readonly streaming?: boolean;
  readonly server?: CallSubject['server'];
  readonly attributes?: readonly string[] | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly data?: unknown;
  readonly parent?: Scope | undefined;
  /** False: no span, everything else as usual. */
  readonly spans?: boolean;
  /** Whether the request carries a `traceparent`; default: as the setting says. */
  readonly propagate?: boolean | undefined;
  /** The caller's own signal; the call's follows it. */
  readonly signal?: AbortSignal | undefined;
  /** The open call that this one is, under another name: see {@link Call.recordedBy}. */
  readonly recordedBy?: Call | undefined;
}

/** State of one managed call. A call is a scope: inside its callback it is the current one. */
export class Call extends Scope implements CallSubject {
  readonly kind: 'tool' | 'llm';
  readonly callId: string | undefined;
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly codec: Codec | undefined;
  readonly streaming: boolean;
  readonly server: CallSubject['server'];
  readonly propagate: boolean | undefined;
  /** Where the call was made. */
  readonly frame: Frame;
  /** Its parent was named explicitly. */
  readonly adopted: boolean;
  /** Resolved once: what is registered or removed later does not concern this call. */
  readonly chains: Chains;
  /** Arguments or request as request intercepts left them. */
  input: unknown;
  /** Guardrails that allowed the call without needing a scope of their own. */
  guardrails: Json[] | undefined;
  /** Marks that wait for the start event. */
  heldMarks: MarkFields[] | undefined = undefined;
  /** What middleware says it has saved. */
  contributions: OptimizationContribution[] | undefined = undefined;
  opened = false;
  /**
   * The open call that this one is, under another name. Policy is asked about this name as well; what is recorded is the other's. Until its start: where
   * request intercepts have made another request of it, it is a call of its own.
   */
  recordedBy: Call | undefined;
  annotation: Json | undefined;
  /** Seconds from the start to the first chunk of a stream. */
  timeToFirstChunk: number | undefined;
  /** The inference or run that this call makes itself, its first attempt, and what that brought; undefined where it makes none. */
  own: { readonly result: unknown } | undefined = NOTHING_YET;
  attempts = 1;
  readonly #outerSignal: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #aborted = false;
  #follow: (() => void) | undefined;
  #annotated: { readonly content: unknown; readonly request: AnnotatedRequest | undefined } | undefined;

  constructor(fields: CallFields, frame: Frame, chains?: Chains) {
    super(fields, fields.parent ?? topOf(frame));
    this.kind = fields.kind;
    this.callId = fields.callId;
    this.model = fields.model;
    this.provider = fields.provider;
    this.codec = fields.codec;
    this.streaming = fields.streaming === true;
    this.server = fields.server;
    this.propagate = fields.propagate;
    this.input = fields.input;
    this.frame = frame;
    this.adopted = fields.parent !== undefined;
    this.chains = chains ?? chainsOf(this.parent as Scope);
    this.call = this;
    this.spanless = fields.spans === false;
    this.recordedBy = fields.recordedBy;
    this.#outerSignal = fields.signal;
  }

  /** The call in which it happens, and which tells of it: itself, but for one that another records. */
  get place(): Call {
    return this.recordedBy ?? this;
  }

  /** The kind of registration of this call's family. */
  family(name: Family): Kind {
    return FAMILIES[this.kind][name];
  }

  /** Aborted when the consumer closes the stream, or when the caller's own signal is. Made when first read. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const outer = this.#outerSignal;
      if (this.#aborted) controller.abort();
      else if (outer?.aborted === true) controller.abort(outer.reason);
      else if (outer !== undefined && !this.ended) {
        const follow = (): void => controller.abort(outer.reason);
        this.#follow = follow;
        outer.addEventListener('abort', follow, { once: true });
      }
    }
    return this.#controller.signal;
  }

  /** The caller's own signal: aborted, it says that nobody waits any more. */
  get callerSignal(): AbortSignal | undefined {
    return this.#outerSignal;
  }

  /** Aborts {@link signal}; costs nothing when nobody read it. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** Aborts what is running now; what the call starts after that has a signal of its own. */
  giveUp(): void {
    this.#controller?.abort();
    this.release();
    this.#controller = undefined;
  }

  /** The call is over, or refused: lets go of the caller's signal, which may live much longer. */
  release(): void {
    if (this.#follow !== undefined) this.#outerSignal?.removeEventListener('abort', this.#follow);
  }

  /** The request decoded by the call's codec, once for each content it is asked about. */
  annotated(input: unknown): AnnotatedRequest | undefined {
    const { content } = input as LlmRequest;
    if (this.#annotated?.content !== content)
      this.#annotated = { content, request: this.codec?.decodeRequest(content) };
    return this.#annotated?.request;
  }
}
