// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { ROTATIONS, runEverySignal } from '../fixtures/every-signal.ts';

it.each(ROTATIONS)(
  'OTEL_ATTRIBUTE_COUNT_LIMIT and OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT cut spans (%s) and, beside metrics (%s), log records (%s)',
  async (...protocols) => {
    const env = { OTEL_ATTRIBUTE_COUNT_LIMIT: '2', OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3' };
    const code = `
      const attributes = { a: 'long text', b: 1, c: 2 };
      span('cut', { attributes });
      logger.emit({ body: 'whole body', attributes });`;
    const { spans, logs } = await runEverySignal(env, code, protocols);
    const cut = { attributes: { a: 'lon', b: 1 }, droppedAttributesCount: 1 };
    expect(spans).toMatchObject([cut]);
    expect(logs).toMatchObject([{ ...cut, body: 'whole body' }]);
  },
);
