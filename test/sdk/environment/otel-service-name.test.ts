// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { runEverySignal } from '../fixtures/every-signal.ts';

it('OTEL_SERVICE_NAME names the service in every signal, over a name among the resource attributes', async () => {
  const { spans, metrics, logs } = await runEverySignal({
    OTEL_SERVICE_NAME: 'agent',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other',
  });
  expect([...spans, ...metrics, ...logs].map(({ resource }) => resource['service.name'])).toEqual([
    'agent',
    'agent',
    'agent',
  ]);
});
