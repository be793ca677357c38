// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { createLosses, type LossSource } from '../../src/sdk/losses.ts';
import { LOGS, METRICS, TRACES } from '../../src/sdk/otlp-signal.ts';

const from = (signal: Pick<LossSource, 'name' | 'nouns'>, asked = true, host = 'host'): LossSource => ({
  ...signal,
  asked,
  url: `http://user:secret@${host}:4318/v1/${signal.name.toLowerCase()}?key=secret`,
});

function report(...losses: readonly (readonly [LossSource, number, string])[]): string[] {
  const lines: string[] = [];
  const counter = createLosses((level, message) => lines.push(`${level}: ${message}`));
  for (const loss of losses) counter.add(...loss);
  counter.report();
  counter.report();
  return lines;
}

describe('losses', () => {
  it('of one signal are one line with receiver, reason and fix, and no credentials', () => {
    expect(report([from(TRACES), 1, 'first'], [from(TRACES), 2, 'refused'])).toEqual([
      'warn: 3 spans lost on the way to http://host:4318/v1/traces: refused; set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_TRACES_EXPORTER=none',
    ]);
  });

  it('of several signals are one line where receiver and reason are the same, however long each waited', () => {
    const waited = (millis: number): string => `no answer within ${millis} ms`;
    expect(report([from(TRACES), 1, waited(498)], [from(LOGS), 2, waited(501)])).toEqual([
      'warn: 1 span and 2 log records lost on the way to http://host:4318: no answer within 498 ms; set OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_TRACES_EXPORTER=none and OTEL_LOGS_EXPORTER=none',
    ]);
  });

  it('are apart where reason or receiver differ', () => {
    const lines = report([from(TRACES), 1, 'a'], [from(LOGS), 1, 'b'], [from(METRICS, true, 'other'), 1, 'a']);
    expect(lines).toHaveLength(3);
  });

  it('are no warning where nobody asked for the signal', () => {
    expect(report([from(METRICS, false), 1, 'a'])).toEqual([expect.stringMatching(/^info: 1 metric data point lost/)]);
    expect(report([from(METRICS, false), 1, 'a'], [from(TRACES), 1, 'a'])).toEqual([
      expect.stringMatching(/^warn: 1 metric data point and 1 span lost/),
    ]);
  });

  it('that are none are no line', () => {
    expect(report([from(TRACES), 0, 'a'])).toEqual([]);
  });
});
