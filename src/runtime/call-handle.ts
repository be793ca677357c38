// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../errors.ts';
import { enterFrom } from '../scope/stack.ts';
import type { Call } from './call.ts';
import { checkFunction, checkMetadata, checkOptions, checkTime, invalid } from './checks.ts';
import { emitMark } from './emit-mark.ts';
import { finish } from './managed.ts';
import { type MarkOptions, markFields } from './mark.ts';
import { OK, outcomeOf } from './outcome.ts';
import { outcomeIn } from './reader-left.ts';
import { runInside } from './run-inside.ts';
import type { Outcome } from './span.ts';

/** What a call that the application runs itself ends with: `result` for a tool, `response` for a model. */
export interface CallEndOptions {
  readonly result?: unknown;
  readonly response?: unknown;
  /** Marks the call as failed. */
  readonly error?: unknown;
  /** Added to the metadata of the start; later keys win. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Unix microseconds, later than the start; default now. */
  readonly time?: number | undefined;
}

/**
 * A call that the application makes itself, outside of the pipeline: it is recorded and sanitized, no guardrail and no intercept sees it. Left
 * open, it is closed as unfinished when the process ends.
 */
export class CallHandle {
  readonly #call: Call;
  readonly #toJson: (value: unknown) => unknown;

  /** `toJson` makes what is recorded of what the application ends the call with. */
  constructor(call: Call, toJson: (value: unknown) => unknown) {
    this.#call = call;
    this.#toJson = toJson;
  }

  get uuid(): string {
    return this.#call.uuid;
  }
  get name(): string {
    return this.#call.name;
  }
  /** The provider's id of a tool call, where there is one. */
  get id(): string | undefined {
    return this.#call.callId;
  }
  get ended(): boolean {
    return this.#call.ended;
  }

  /** Runs the function inside the call: what it opens is the call's. Does not end it. */
  run<Result>(fn: () => Result): Result {
    checkFunction(`run of ${this.#call.kind} call '${this.name}'`, fn);
    return runInside(this.#call, (body: () => Result) => enterFrom(this.#call, this.#call.frame, body), fn);
  }

  /** Emits a mark under the call. */
  mark(name: string, options?: MarkOptions): void {
    emitMark(this.#call, markFields(name, options), this.#call.chains);
  }

  /** Ends the call. Ending twice is `FLOW_SCOPE_CLOSED`, never a second event. */
  end(options: CallEndOptions = {}): void {
    const error = checkOptions(`end of call '${this.name}'`, options).error;
    this.#end(options, error === undefined ? OK : outcomeIn(this.#call, error));
  }

  /** Ends the call with an error, which it only reads; `result` or `response` is what there was by then. */
  fail(error: unknown, options: Omit<CallEndOptions, 'error'> = {}): void {
    this.#end(options, outcomeIn(this.#call, error));
  }

  #end(options: CallEndOptions, outcome: Outcome): void {
    const call = this.#call;
    const where = `end of ${call.kind} call '${call.name}'`;
    checkOptions(where, options);
    if (call.ended) throw new FlowError('FLOW_SCOPE_CLOSED', `${call.kind} call '${call.name}' has already ended`);
    const time = checkTime(where, options.time);
    if (time !== undefined && time <= call.startMicros)
      invalid(where, `time must be later than its start, ${call.startMicros}`, time);
    const given = call.kind === 'tool' ? options.result : options.response;
    const metadata = checkMetadata(where, options.metadata);
    try {
      const result = given === undefined ? undefined : this.#toJson(given);
      call.own = { result };
      finish(call, result, outcome, { time, metadata });
    } catch (error) {
      // A value codec of the application's: the call has ended all the same.
      finish(call, undefined, outcomeOf(error), { time, metadata });
      throw error;
    }
  }
}
