// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { runEverySignal } from '../fixtures/every-signal.ts';

it('OTEL_NODE_RESOURCE_DETECTORS chooses what is detected', async () => {
  const env = { OTEL_NODE_RESOURCE_DETECTORS: 'env,OS', OTEL_RESOURCE_ATTRIBUTES: 'a=1' };
  const { spans } = await runEverySignal(env);
  const keys = Object.keys(spans[0]?.resource ?? {});
  expect(keys).toContain('os.type');
  expect(keys).toContain('a');
  expect(keys.filter((key) => /^(host|process|service\.instance)\./.test(key))).toEqual([]);
});

it('OTEL_NODE_RESOURCE_DETECTORS=none leaves the service, the SDK and the distribution', async () => {
  const env = { OTEL_NODE_RESOURCE_DETECTORS: 'none', OTEL_RESOURCE_ATTRIBUTES: 'a=1', OTEL_SERVICE_NAME: 'agent' };
  const { spans } = await runEverySignal(env);
  expect(Object.keys(spans[0]?.resource ?? {}).toSorted()).toEqual([
    'service.name',
    'telemetry.distro.name',
    'telemetry.distro.version',
    'telemetry.sdk.language',
    'telemetry.sdk.name',
    'telemetry.sdk.version',
  ]);
});
