// SPDX-License-Identifier: Apache-2.0
import { type Context, type Span, createContextKey } from '@opentelemetry/api';

/** Under which what travels with the asynchronous flow lies in an OTel context. */
export const FRAME: symbol = createContextKey('flow.frame.v1');
// The key of `trace.setSpan`: context keys are global symbols, made from their description.
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');
// The key of `suppressTracing` in @opentelemetry/core, made in the same way.
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Our frame and span on top of another context. The API's own `setValue` makes objects with `self.f = () => …` in their constructor. V8 allocates a
 * function literal that is assigned to a property among the long-lived objects: it, and what it refers to, is only freed by a
 * major collection. That would be each call with its span and events.
 */
class FlowContext implements Context {
  readonly #base: Context;
  readonly #frame: unknown;
  readonly #span: unknown;
  readonly #suppressed: boolean;

  constructor(base: Context, frame?: unknown, span?: unknown, suppressed = false) {
    this.#base = base;
    this.#frame = frame;
    this.#span = span;
    this.#suppressed = suppressed;
  }

  static on(active: Context): FlowContext {
    return active instanceof FlowContext ? active : new FlowContext(active);
  }

  getValue(key: symbol): unknown {
    if (key === FRAME && this.#frame !== undefined) return this.#frame;
    if (key === SPAN && this.#span !== undefined) return this.#span;
    return key === SUPPRESS_TRACING && this.#suppressed ? true : this.#base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (value === undefined) return this.deleteValue(key);
    if (key === FRAME) return new FlowContext(this.#base, value, this.#span, this.#suppressed);
    if (key === SPAN) return new FlowContext(this.#base, this.#frame, value, this.#suppressed);
    if (key !== SUPPRESS_TRACING)
      return new FlowContext(this.#base.setValue(key, value), this.#frame, this.#span, this.#suppressed);
    const suppressed = value === true;
    const base = suppressed ? this.#base : this.#base.setValue(key, value);
    return new FlowContext(base, this.#frame, this.#span, suppressed);
  }

  deleteValue(key: symbol): Context {
    const frame = key === FRAME ? undefined : this.#frame;
    const span = key === SPAN ? undefined : this.#span;
    return new FlowContext(this.#base.deleteValue(key), frame, span, key !== SUPPRESS_TRACING && this.#suppressed);
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

/** What `suppressTracing` makes. */
export function withTracingSuppressed(active: Context): Context {
  return FlowContext.on(active).setValue(SUPPRESS_TRACING, true);
}
