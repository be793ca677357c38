// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

it.each<Protocol>(['http/protobuf', 'http/json', 'grpc'])(
  'the limits of spans cut attributes, values, events and links over %s, and what they dropped is counted',
  async (protocol) => {
    const env = {
      OTEL_ATTRIBUTE_COUNT_LIMIT: '99',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '1',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '1',
      OTEL_SPAN_LINK_COUNT_LIMIT: '1',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '1',
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: '1',
    };
    const code = `
      const link = { context: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
        attributes: { p: 1, q: 2 } };
      const s = tracer.startSpan('cut', { attributes: { a: 'long text', b: 1, c: 2 }, links: [link, link] });
      s.addEvent('first'); s.addEvent('second', { x: 1, y: 2 });
      s.end();`;
    const { spans } = await runEverySignal(env, code, [protocol, 'http/json', 'http/json']);
    expect(spans).toMatchObject([
      {
        attributes: { a: 'lon', b: 1 },
        droppedAttributesCount: 1,
        events: [{ name: 'second', attributes: { x: 1 }, droppedAttributesCount: 1 }],
        droppedEventsCount: 1,
        links: [{ spanId: 'b7ad6b7169203331', attributes: { p: 1 } }],
        droppedLinksCount: 1,
      },
    ]);
  },
);
