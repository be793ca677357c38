// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { FORMS, type Setting } from '../../../src/sdk/setting-forms.ts';
import { SETTINGS } from '../../../src/sdk/settings.ts';

/** Values that no setting of a form can use. Forms that are missing take any text. */
const IMPOSSIBLE: Readonly<Record<string, readonly string[]>> = {
  choice: ['nonsense'],
  count: ['-1', '1.5', '1e3', '0x10', 'many', '99999999999'],
  positive: ['0', '-1', 'many', '99999999999'],
  timeout: ['-1', '10s', '99999999999'],
  port: ['0', '65536', 'http'],
  ratio: ['2', '-1', '0x0', 'half'],
  url: ['receiver:4318', '://'],
  pairs: ['no-equals-sign', 'a=%'],
  entities: ['anything'],
};
const TEXT = ['names', 'name', 'file', 'folder'];

const cases = Object.entries<Setting>(SETTINGS).flatMap(([name, { values, form = '' }]) =>
  (IMPOSSIBLE[values ? 'choice' : form] ?? []).map((value) => [name, value] as const),
);

describe('a value that a variable cannot have', () => {
  it('is a header value that HTTP refuses: one line at the start, and not each request', () => {
    const { warnings, otlp } = readSettings({ OTEL_EXPORTER_OTLP_HEADERS: 'token=abc%0A' });
    expect(warnings).toEqual([
      expect.objectContaining({ setting: 'OTEL_EXPORTER_OTLP_HEADERS', value: '(not shown)' }),
    ]);
    expect(otlp.headers).toEqual({});
  });

  it.each(cases)('%s=%s gives exactly one line that names it and the fix', (name, value) => {
    const { warnings, errors } = readSettings({ [name]: value });
    const problems = [...warnings, ...errors];
    expect(problems).toHaveLength(1);
    const shown = name.endsWith('_HEADERS') ? '(not shown)' : value;
    expect(problems[0]).toMatchObject({ setting: name, value: shown });
    expect(problems[0]?.fix).toMatch(/^use /);
  });

  it('is looked for in every form', () => {
    const forms = new Set(Object.values<Setting>(SETTINGS).map(({ values, form = '' }) => (values ? 'choice' : form)));
    expect([...forms].toSorted()).toEqual([...Object.keys(IMPOSSIBLE), ...TEXT].toSorted());
    expect(Object.keys(FORMS).filter((form) => !forms.has(form))).toEqual([]);
  });
});
