// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

it.each<Protocol>(['http/protobuf', 'http/json', 'grpc'])(
  'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT and OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT win over the general limits, over %s',
  async (protocol) => {
    const env = {
      OTEL_ATTRIBUTE_COUNT_LIMIT: '99',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '1',
      OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    };
    const code = `logger.emit({ body: 'record', attributes: { a: 'long text', b: 1, c: 2 } });`;
    const { logs } = await runEverySignal(env, code, ['http/json', 'http/json', protocol]);
    expect(logs).toMatchObject([{ attributes: { a: 'lon', b: 1 }, droppedAttributesCount: 1 }]);
  },
);
