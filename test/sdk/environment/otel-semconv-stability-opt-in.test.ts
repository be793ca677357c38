// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { runTraced } from '../fixtures/traced-app.ts';

it('OTEL_SEMCONV_STABILITY_OPT_IN is left to the instrumentations: they find it, and nothing is said about it', async () => {
  const env = { OTEL_SEMCONV_STABILITY_OPT_IN: 'database/dup', OTEL_TRACES_EXPORTER: 'none' };
  const { stdout, stderr } = await runTraced({ env, code: `console.log(process.env.OTEL_SEMCONV_STABILITY_OPT_IN);` });
  expect({ stdout, stderr }).toEqual({ stdout: 'database/dup\n', stderr: '' });
});
