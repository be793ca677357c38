// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';

it.each(['trace_based', 'always_on'])(
  'OTEL_METRICS_EXEMPLAR_FILTER=%s costs one warning: the SDK keeps no exemplars',
  (filter) => {
    expect(readSettings({ OTEL_METRICS_EXEMPLAR_FILTER: filter }).warnings).toEqual([
      {
        setting: 'OTEL_METRICS_EXEMPLAR_FILTER',
        value: filter,
        fix: 'use always_off: the OpenTelemetry SDK for JavaScript keeps no exemplars (it is ignored)',
      },
    ]);
  },
);

it('OTEL_METRICS_EXEMPLAR_FILTER=always_off is what there is', () => {
  expect(readSettings({ OTEL_METRICS_EXEMPLAR_FILTER: 'always_off' }).warnings).toEqual([]);
});
