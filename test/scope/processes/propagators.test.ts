// SPDX-License-Identifier: Apache-2.0
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { flow } from '../../../src/api/index.ts';
import { parseBaggage } from '../../../src/scope/w3c.ts';

const ROOT = '01890000-0000-7000-8000-000000000001';
const PARENT = '01890000-0000-7000-8000-000000000002';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const own = `flow.root_uuid=${ROOT},flow.parent_uuid=${PARENT}`;

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider());
});
afterEach(() => propagation.disable());

type Headers = Record<string, string>;
const injected = (): Headers => flow.scope.inject<Headers>({});
const baggageOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    parseBaggage(headers['baggage'])
      .getAllEntries()
      .map(([key, { value }]) => [key, value]),
  );

describe('with the propagators of the W3C', () => {
  const register = (): boolean =>
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );

  test('headers say the trace, the scope and the baggage of the application, each once', () => {
    register();
    const tenant = propagation.createBaggage({ tenant: { value: 'blue & red' } });
    context.with(propagation.setBaggage(context.active(), tenant), () =>
      flow.scope.run('scope', (scope) => {
        const headers = injected();
        expect(Object.keys(headers).toSorted()).toEqual(['baggage', 'traceparent']);
        expect(headers['traceparent']).toContain(trace.getSpanContext(context.active())?.traceId);
        expect(baggageOf(headers)).toEqual({
          tenant: 'blue & red',
          'flow.root_uuid': scope.rootUuid,
          'flow.parent_uuid': scope.uuid,
        });
      }),
    );
  });

  test.each([
    ['a plain object', (headers: Headers): object => headers],
    ['Headers', (headers: Headers): object => new Headers(headers)],
    ['a Map', (headers: Headers): object => new Map(Object.entries(headers))],
  ])('what runs where headers say hangs from there: %s', (_, carrier) => {
    register();
    flow.scope.extract(carrier({ traceparent: `00-${TRACE}-${SPAN}-01`, baggage: `${own},tenant=blue` }), () => {
      expect(trace.getSpanContext(context.active())).toMatchObject({ traceId: TRACE, spanId: SPAN });
      // The application's own members stay, ours do not: further on they would be wrong.
      expect(propagation.getActiveBaggage()?.getAllEntries()).toEqual([['tenant', { value: 'blue' }]]);
      flow.scope.run('scope', (scope) => expect(scope).toMatchObject({ parentUuid: PARENT, rootUuid: ROOT }));
    });
  });

  test('baggage that holds nothing but ours is gone where it was read', () => {
    register();
    flow.scope.extract({ baggage: own }, () => expect(propagation.getActiveBaggage()).toBeUndefined());
  });
});

describe('with a propagator that knows no baggage', () => {
  const register = (): boolean =>
    propagation.setGlobalPropagator(new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }));

  test('the trace is in its header, and the scope in a baggage of its own', () => {
    register();
    const tenant = propagation.createBaggage({ tenant: { value: 'blue' } });
    context.with(propagation.setBaggage(context.active(), tenant), () =>
      flow.scope.run('scope', (scope) => {
        const headers = injected();
        expect(headers['b3']).toContain(trace.getSpanContext(context.active())?.traceId);
        expect(headers['traceparent']).toBeUndefined();
        // The application has registered nobody who may send its baggage.
        expect(baggageOf(headers)).toEqual({ 'flow.root_uuid': scope.rootUuid, 'flow.parent_uuid': scope.uuid });
      }),
    );
  });

  test('both are read again', () => {
    register();
    flow.scope.extract({ b3: `${TRACE}-${SPAN}-1`, baggage: own }, () => {
      expect(trace.getSpanContext(context.active())).toMatchObject({ traceId: TRACE, spanId: SPAN });
      flow.scope.run('scope', (scope) => expect(scope).toMatchObject({ parentUuid: PARENT, rootUuid: ROOT }));
    });
  });
});

test('a propagator that looks through all headers finds them in whatever holds them', () => {
  let found: readonly string[] = [];
  propagation.setGlobalPropagator({
    inject: () => undefined,
    extract(into, carrier, getter) {
      found = getter.keys(carrier);
      return into;
    },
    fields: () => ['x-own'],
  });
  const headers = { 'x-own': '1', 'x-other': '2' };
  const keysIn = (carrier: object): readonly string[] => {
    flow.scope.extract(carrier, () => undefined);
    return found.toSorted();
  };
  expect(keysIn(headers)).toEqual(['x-other', 'x-own']);
  expect(keysIn(new Headers(headers))).toEqual(['x-other', 'x-own']);
  expect(keysIn(new Map(Object.entries(headers)))).toEqual(['x-other', 'x-own']);
  const unreadable = new Proxy({}, { ownKeys: () => expect.unreachable('unreadable') });
  expect(keysIn(unreadable)).toEqual([]);
});
