// SPDX-License-Identifier: Apache-2.0
import { type Context, type Span, createContextKey } from '@opentelemetry/api';

/** Under which what travels with the asynchronous flow lies in an OTel context. */
export const FRAME: symbol = createContextKey('flow.frame.v1');
// The key of `trace.setSpan`: context keys are global symbols, made from their description.
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');

/**
 * Our frame and span on top of another context. The API's own `setValue` makes objects with `self.f = () => …` in their constructor. V8 allocates a
 * function literal that is assigned to a property among the long-lived objects: it, and what it refers to, is only freed by a
 * major collection. That would be each call with its span and events.
 */
class FlowContext implements Context {
  readonly #base: Context;
  readonly #frame: unknown;
  readonly #span: unknown;

  constructor(base: Context, frame: unknown, span: unknown) {
    this.#base = base;
    this.#frame = frame;
    this.#span = span;
  }

  static on(active: Context): FlowContext {
    return active instanceof FlowContext ? active : new FlowContext(active, undefined, undefined);
  }

  getValue(key: symbol): unknown {
    if (key === FRAME && this.#frame !== undefined) return this.#frame;
    if (key === SPAN && this.#span !== undefined) return this.#span;
    return this.#base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (value === undefined) return this.deleteValue(key);
    if (key === FRAME) return new FlowContext(this.#base, value, this.#span);
    if (key === SPAN) return new FlowContext(this.#base, this.#frame, value);
    return new FlowContext(this.#base.setValue(key, value), this.#frame, this.#span);
  }

  deleteValue(key: symbol): Context {
    const frame = key === FRAME ? undefined : this.#frame;
    return new FlowContext(this.#base.deleteValue(key), frame, key === SPAN ? undefined : this.#span);
  }
}

/** The context with the frame in it. */
export function withFrame(active: Context, frame: object): Context {
  return FlowContext.on(active).setValue(FRAME, frame);
}

/** What `trace.setSpan` makes. */
export function withSpan(active: Context, span: Span): Context {
  return FlowContext.on(active).setValue(SPAN, span);
}
