// SPDX-License-Identifier: Apache-2.0
import { type Span, type TextMapPropagator, trace } from '@opentelemetry/api';
import { getRuntime } from '../api/runtime.ts';

/** On the span of a request, or in its headers: an instrumentation that has no span yet copies them, with this, to where it injects. */
const LEFT_OUT: symbol = Symbol('flow.left-out');

/** The request of this span goes without the headers of the propagators. */
export function leaveOut(span: Span): void {
  Reflect.defineProperty(span, LEFT_OUT, { value: true });
}

/** The same for a request of which only the headers are known. */
export function withoutPropagation<Headers extends object>(headers: Headers): Headers {
  return { ...headers, [LEFT_OUT]: true } as Headers;
}

/**
 * Whether a request that is about to be sent gets no context of the trace: it has one already, or it is that of a model call. Those carry what
 * `FLOW_PROPAGATE_TO_MODELS` names, which the call itself has put there; a provider is nobody of the trace.
 */
export function goesWithout(hasTraceparent: boolean): boolean {
  if (hasTraceparent) return true;
  const { Call, currentFrame, settings } = getRuntime().internals;
  const { scope, running } = currentFrame();
  // What middleware of the call sends meanwhile goes elsewhere.
  const isModelRequest = scope instanceof Call && scope.kind === 'llm' && running === scope.frame.running;
  return isModelRequest && !(scope.propagate ?? settings.propagateToModels.includes('traceparent'));
}

/** The propagator, but for the requests that are to go without. What the application injects itself is not among them. */
export function selective(propagator: TextMapPropagator): TextMapPropagator {
  const inject: TextMapPropagator['inject'] = (context, carrier, setter) => {
    const span = trace.getSpan(context);
    if (span !== undefined && LEFT_OUT in span) return;
    if (typeof carrier === 'object' && carrier !== null && LEFT_OUT in carrier) {
      Reflect.deleteProperty(carrier, LEFT_OUT);
      return;
    }
    propagator.inject(context, carrier, setter);
  };
  return { inject, extract: propagator.extract.bind(propagator), fields: propagator.fields.bind(propagator) };
}
