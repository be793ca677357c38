// SPDX-License-Identifier: Apache-2.0
import type { HttpInstrumentationConfig } from '@opentelemetry/instrumentation-http';
import type { UndiciInstrumentationConfig } from '@opentelemetry/instrumentation-undici';
import { context, createContextKey } from '@opentelemetry/api';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http';
import type { OtelInstrumentation } from './otel-class.ts';
import type { LazyInstrumentation } from './otel-lazy.ts';
import { goesWithout, leaveOut, withoutPropagation } from './otel-propagation.ts';
import { redactUrl, SECRET_PARAMETERS } from './otel-url.ts';

type UndiciRequest = Parameters<NonNullable<UndiciInstrumentationConfig['requestHook']>>[1];
type FirstRequest = (message: { readonly request: UndiciRequest }) => void;

// The key of `suppressTracing` in @opentelemetry/core: context keys are global symbols, made from their description.
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const CREATED = 'undici:request:create';

/** `@opentelemetry/instrumentation-http`, for the requests of servers and clients in `node:http` and `node:https`. */
export function httpInstrumentation(): LazyInstrumentation {
  const config: HttpInstrumentationConfig = {
    // Neither spans nor measurements of what telemetry itself sends.
    ignoreOutgoingRequestHook: isSuppressed,
    startOutgoingSpanHook(request) {
      const headers = toObject(request.headers);
      const hasTraceparent = Object.keys(headers).some((name) => name.toLowerCase() === 'traceparent');
      request.headers = goesWithout(hasTraceparent) ? withoutPropagation(headers) : headers;
      return {};
    },
    redactedQueryParams: [...SECRET_PARAMETERS],
    redactedQueryParamsServer: [...SECRET_PARAMETERS],
  };
  return {
    name: 'http',
    module: '@opentelemetry/instrumentation-http',
    from: import.meta.url,
    target: ['http', 'https'],
    config,
  };
}

/** `@opentelemetry/instrumentation-undici`, for `fetch` and the `undici` package: both tell of each request in a channel. */
export function undiciInstrumentation(): LazyInstrumentation {
  // The request with which it was started, until it has been handled once.
  const first: { request?: UndiciRequest; isHandled?: boolean } = {};
  const config: UndiciInstrumentationConfig = {
    ignoreRequestHook(request) {
      if (request !== first.request) return isSuppressed();
      const isHandled = first.isHandled === true;
      first.isHandled = true;
      return isHandled || isSuppressed();
    },
    startSpanHook(request) {
      const redacted = redactUrl(new URL(request.path, request.origin));
      return redacted === undefined ? {} : { 'url.full': redacted.href, 'url.query': redacted.search };
    },
    requestHook(span, request) {
      if (goesWithout(hasTraceparent(request))) leaveOut(span);
    },
  };
  return {
    name: 'undici',
    module: '@opentelemetry/instrumentation-undici',
    from: import.meta.url,
    target: [],
    config,
    watch(start) {
      const onFirst = (message: unknown): void => {
        unsubscribe(CREATED, onFirst);
        const { request } = message as Parameters<FirstRequest>[0];
        first.request = request;
        const started = start() as (OtelInstrumentation & { onRequestCreated?: FirstRequest }) | undefined;
        // It has just subscribed. Whether it is told of the request that is being told now depends on the version of Node.
        started?.onRequestCreated?.({ request });
        queueMicrotask(() => delete first.request);
      };
      subscribe(CREATED, onFirst);
    },
  };
}

// The instrumentation takes the indexes of a list of names and values for names.
function toObject(headers: RequestOptions['headers']): OutgoingHttpHeaders {
  if (!Array.isArray(headers)) return (headers ?? {}) as OutgoingHttpHeaders;
  const object: OutgoingHttpHeaders = {};
  const flat = (headers as readonly unknown[]).flat();
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name, value] = [String(flat[at]), String(flat[at + 1])];
    const before = object[name];
    object[name] = before === undefined ? value : [before, value].flat().map(String);
  }
  return object;
}

const isSuppressed = (): boolean => context.active().getValue(SUPPRESS_TRACING) === true;

// Names and values in turn, in older versions the text of the head.
function hasTraceparent({ headers }: UndiciRequest): boolean {
  if (Array.isArray(headers))
    return headers.some((name, index) => index % 2 === 0 && String(name).toLowerCase() === 'traceparent');
  return /^traceparent:/im.test(String(headers));
}
