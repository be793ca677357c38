// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { runEverySignal } from '../fixtures/every-signal.ts';

it('OTEL_RESOURCE_ATTRIBUTES are on every signal, percent-decoded', async () => {
  const { spans, metrics, logs } = await runEverySignal({
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test%2C1, service.name = agent',
  });
  const all = [...spans, ...metrics, ...logs];
  expect(all).toHaveLength(3);
  for (const { resource } of all)
    expect(resource).toMatchObject({ 'deployment.environment.name': 'test,1', 'service.name': 'agent' });
});

it('OTEL_RESOURCE_ATTRIBUTES of which one is malformed are all ignored, with one warning', () => {
  const { resourceAttributes, warnings } = readSettings({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b' });
  expect(resourceAttributes).toEqual({});
  expect(warnings).toMatchObject([{ setting: 'OTEL_RESOURCE_ATTRIBUTES', value: 'a=1,b' }]);
});
