// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { runTraced } from '../fixtures/traced-app.ts';

const lines = (env: Record<string, string>): string[] =>
  readSettings(env).warnings.map(({ setting, value, fix }) => `${setting}=${value}: ${fix}`);

describe('a name that nobody reads', () => {
  it.each([
    ['OTEL_EXPORTER_OTLP_ENPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    ['OTEL_TRACE_EXPORTER', 'OTEL_TRACES_EXPORTER'],
    ['OTEL_SERVICENAME', 'OTEL_SERVICE_NAME'],
    ['OTEL_OTLP_EXPORTER_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    ['OTEL_METRICS_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_INTERVAL'],
    ['OTEL_EXPERIMENTAL_CONFIG_FILE', 'OTEL_CONFIG_FILE'],
    ['OTEL_SEMCONV_STABILITY_OPTIN', 'OTEL_SEMCONV_STABILITY_OPT_IN'],
    ['FLOW_UNPACHED', 'FLOW_UNPATCHED'],
  ])('%s is asked about: did you mean %s', (name, meant) => {
    expect(lines({ [name]: 'value' })).toEqual([`${name}=value: did you mean ${meant}? (it is ignored)`]);
  });

  it('is nobody else’s business where it is like none', () => {
    const env = {
      OTEL_PYTHON_LOG_CORRELATION: 'true',
      OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT: 'x',
      FLOW_TYPE_CHECKER: '1',
    };
    expect(lines(env)).toEqual([]);
  });

  it('is not asked about where it is empty', () => {
    expect(lines({ OTEL_TRACE_EXPORTER: '' })).toEqual([]);
  });

  it('does not show what may be a secret', () => {
    const shown = lines({
      OTEL_EXPORTER_OTLP_HEADER: 'api-key=sk-123',
      OTEL_EXPORTER_OTLP_ENPOINT: 'http://user:sk-123@host',
    });
    expect(shown).toHaveLength(2);
    expect(shown.join()).not.toContain('sk-123');
  });

  it('costs one line at the start, and nothing else', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_SERVICE_NAM: 'agent' };
    const { code, stderr } = await runTraced({ env, code: `span('x');` });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'flow: OTEL_SERVICE_NAM is "agent"; did you mean OTEL_SERVICE_NAME? (it is ignored)\n',
    });
  });
});
