// SPDX-License-Identifier: Apache-2.0
import {
  type Attributes,
  type Context,
  type HrTime,
  ProxyTracerProvider,
  type SpanContext,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { ATOF } from '../../semconv/index.ts';
import { VERSION } from '../../semconv/version.ts';
import type { EventRecord } from '../atof/record.ts';
import { MAX_MARKS_ON_SPAN, spanEventAttributes, spanEventName } from '../projections/atof.ts';
import { startSpan } from '../projections/gen-ai.ts';
import type { Scope } from '../scope/scope.ts';
import { report } from './diagnostics.ts';
import { startAttributes } from './openinference.ts';
import { perProvider } from './per-provider.ts';
import { settings } from './settings.ts';

const noProvider = new ProxyTracerProvider().getDelegate();

function registered(): TracerProvider | undefined {
  const provider = trace.getTracerProvider();
  const delegate = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  return delegate === noProvider ? undefined : delegate;
}

const currentTracer: () => Tracer | undefined = perProvider('span', 'getTracer', registered, (provider) =>
  provider.getTracer('@flow/register', VERSION),
);

/** True when a tracer provider is registered, whatever it samples. */
export function hasProvider(): boolean {
  return currentTracer() !== undefined;
}

let lastMicros = 0;
let lastTime: HrTime = [0, 0];

/** OTel's time for Unix microseconds. Nobody changes one: a span and the event that starts or ends it share theirs. */
export function hrTime(micros: number): HrTime {
  if (micros !== lastMicros) {
    const seconds = Math.floor(micros / 1e6);
    lastTime = [seconds, (micros - seconds * 1e6) * 1000];
    lastMicros = micros;
  }
  return lastTime;
}

/** Starts the scope's span beneath the given context. Without a provider there is none. Never throws: a sampler or processor may. */
export function openSpan(scope: Scope, parent: Context, content: unknown, linkTo: SpanContext | undefined): void {
  const by = currentTracer();
  if (by === undefined) return;
  try {
    const { name, kind, attributes } = startSpan(scope, content);
    attributes[ATOF.UUID] = scope.uuid;
    if (settings.dialects.has('openinference')) Object.assign(attributes, startAttributes(scope, content));
    makeWellFormed(attributes);
    const links = linkTo === undefined ? [] : [{ context: linkTo }];
    const span = by.startSpan(
      name.toWellFormed(),
      { kind, attributes, startTime: hrTime(scope.startMicros), links },
      parent,
    );
    // An SDK that is not ours may give anything: only what answers is a span.
    span.isRecording();
    span.spanContext();
    scope.span = span;
  } catch (error) {
    report('span', scope.name, error);
  }
}

/** Records the event on its scope's span; a mark as a zero-length span of its own where that is asked for, or that has no live span or enough marks. */
export function recordOnSpan(scope: Scope, event: EventRecord, parent: Context, spanless: boolean): void {
  try {
    const withData = settings.spanContent && settings.dialects.has('atof');
    const live = scope.span?.isRecording() === true;
    if (live && (event.kind !== 'mark' || (!settings.markSpans && ++scope.marks <= MAX_MARKS_ON_SPAN))) {
      scope.span?.addEvent(spanEventName(event), spanEventAttributes(event, withData), hrTime(event.micros));
      return;
    }
    if (event.kind !== 'mark' || spanless) return;
    const context = scope.span === undefined ? parent : trace.setSpan(parent, scope.span);
    const time = hrTime(event.micros);
    const span = currentTracer()?.startSpan(`mark:${event.name.toWellFormed()}`, { startTime: time }, context);
    span?.addEvent(spanEventName(event), spanEventAttributes(event, withData), time);
    span?.end(time);
  } catch (error) {
    report('span', scope.name, error);
  }
}

// Half a character in one attribute makes receivers refuse the whole batch.
function makeWellFormed(attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value === 'string') {
      if (!value.isWellFormed()) attributes[name] = value.toWellFormed();
    } else if (Array.isArray(value))
      attributes[name] = value.map((each: unknown) => (typeof each === 'string' ? each.toWellFormed() : each));
  }
}

/** Adds attributes to the scope's span. */
export function annotateSpan(scope: Scope, attributes: Attributes): void {
  try {
    makeWellFormed(attributes);
    scope.span?.setAttributes(attributes);
  } catch (error) {
    report('span', scope.name, error);
  }
}

/** How a scope ended: nothing for plain success of a scope that reports none. */
export interface Outcome {
  readonly status: 'OK' | 'ERROR' | 'UNSET';
  readonly description?: string | undefined;
  /** The error's class or code. */
  readonly errorType?: string | undefined;
  readonly exceptionType?: string | undefined;
  readonly cancelled?: boolean;
}

/** Ends the scope's span; `description` is what of the outcome's may be told. */
export function closeSpan(scope: Scope, micros: number, outcome: Outcome | undefined, description?: string): void {
  const { span } = scope;
  if (span === undefined) return;
  try {
    if (outcome?.errorType !== undefined) span.setAttribute('error.type', outcome.errorType);
    if (outcome?.status === 'ERROR')
      span.setStatus({ code: SpanStatusCode.ERROR, ...(description === undefined ? {} : { message: description }) });
    span.end(hrTime(micros));
  } catch (error) {
    report('span', scope.name, error);
  }
}
