// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';

it('OTEL_ENTITIES costs one warning: the SDK has no entities, and attributes of the resource do the same', () => {
  const { warnings } = readSettings({ OTEL_ENTITIES: 'service{service.name=agent}' });
  expect(warnings).toEqual([
    {
      setting: 'OTEL_ENTITIES',
      value: 'service{service.name=agent}',
      fix: 'use OTEL_RESOURCE_ATTRIBUTES: the OpenTelemetry SDK for JavaScript has no entities (it is ignored)',
    },
  ]);
});
