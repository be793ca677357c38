// SPDX-License-Identifier: Apache-2.0
import { type Context, ROOT_CONTEXT, createContextKey, trace } from '@opentelemetry/api';
import { array, assert, boolean, constantFrom, integer, option, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { FRAME, withFrame, withSpan } from '../../src/scope/flow-context.ts';

const span = (id: number) =>
  trace.wrapSpanContext({ traceId: '0'.repeat(31) + id, spanId: '0'.repeat(15) + id, traceFlags: 1 });
const BAGGAGE = createContextKey('baggage');
const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');
const KEYS = [FRAME, SPAN_KEY, BAGGAGE];

test('it answers as the context of the API does, whatever is set and deleted', () => {
  const value = option(integer(), { nil: undefined });
  const step = record({ remove: boolean(), key: constantFrom(...KEYS), value });
  assert(
    property(array(step), (steps) => {
      const apply = (start: Context): unknown[] => {
        const end = steps.reduce(
          (at, { remove, key, value: given }) => (remove ? at.deleteValue(key) : at.setValue(key, given)),
          start,
        );
        return KEYS.map((key) => end.getValue(key));
      };
      const start = ROOT_CONTEXT.setValue(SPAN_KEY, 'outer').setValue(BAGGAGE, 'outer');
      expect(apply(withFrame(start, {}).deleteValue(FRAME))).toEqual(apply(start));
    }),
  );
});

test('its span is the one that the API reads, and its frame stays when the API sets another', () => {
  const frame = {};
  const ours = withSpan(withFrame(ROOT_CONTEXT, frame), span(1));
  const theirs = trace.setSpan(ours, span(2));
  expect(trace.getSpanContext(ours)?.spanId).toMatch(/1$/);
  expect(trace.getSpanContext(theirs)?.spanId).toMatch(/2$/);
  expect(theirs.getValue(FRAME)).toBe(frame);
  expect(trace.getSpan(trace.deleteSpan(theirs))).toBeUndefined();
  expect(trace.getSpanContext(ours)?.spanId).toMatch(/1$/);
});
