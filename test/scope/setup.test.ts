// SPDX-License-Identifier: Apache-2.0
import { context, createContextKey, trace } from '@opentelemetry/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { setup } from '../support/setups/index.ts';

beforeEach(setup.forgetSpans);

describe(`set-up ${setup.name}`, () => {
  test('spans record and OTel Context propagates where an SDK is registered, and nowhere else', () => {
    const key = createContextKey('probe');
    const carried = context.with(context.active().setValue(key, true), () => context.active().getValue(key));
    const span = trace.getTracer('probe').startSpan('probe');
    expect({ carried, records: span.isRecording() }).toEqual({
      carried: setup.hasSpans ? true : undefined,
      records: setup.hasSpans,
    });
    span.end();
    expect(setup.finishedSpans().map(({ name }) => name)).toEqual(setup.hasSpans ? ['probe'] : []);
  });
});
