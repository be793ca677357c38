// SPDX-License-Identifier: Apache-2.0
import { METRIC_SCHEMA } from '../../semconv/index.ts';
import type { Json } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import type { Scope } from '../scope/scope.ts';
import { checkName } from './checks.ts';
import { report } from './diagnostics.ts';
import { emitMark } from './emit-mark.ts';
import { type MarkOptions, markFields } from './mark.ts';
import { type Measurement, checkMeasurements } from './metrics-measurement.ts';
import { recordMeasurements, takesMeasurements } from './metrics-recorder.ts';

/** What a mark that holds measurements can carry beside them. */
export type MetricMarkOptions = Omit<MarkOptions, 'data' | 'dataSchema' | 'severity'>;

/**
 * Emits a mark that holds the measurements, and records them on OTel instruments as sanitizers left them. Throws before either where one of them is
 * not right.
 */
export function emitMetricMark(
  scope: Scope,
  name: string,
  measurements: readonly Measurement[],
  options: MetricMarkOptions = {},
): void {
  const where = `metric mark '${checkName('metric mark', name)}'`;
  const group = checkMeasurements(where, measurements);
  const { metadata, category, profile, time } = options;
  const reader = takesMeasurements() ? { payload: true, read: (mark: EventRecord): void => measure(mark) } : undefined;
  emitMark(scope, {
    ...markFields(name, { metadata, category, profile, time }),
    data: { measurements: group.map(toData) },
    dataSchema: METRIC_SCHEMA,
    reader,
  });
}

function toData({ name, kind, valueType, value, unit, description, attributes, boundaries }: Measurement): Json {
  return {
    name,
    kind,
    value_type: valueType ?? null,
    value,
    unit: unit ?? null,
    description: description ?? null,
    attributes: attributes ?? null,
    boundaries: boundaries ?? null,
  };
}

// Measurements that a sanitizer has cleared are gone; those that it broke are reported.
function measure(mark: EventRecord): void {
  try {
    const { measurements } = (mark.data ?? {}) as { readonly measurements?: unknown };
    if (measurements === undefined || measurements === null) return;
    recordMeasurements(checkMeasurements(`metric mark '${mark.name}' as sanitized`, fromData(measurements)));
  } catch (error) {
    report('metric', mark.name, error);
  }
}

function fromData(measurements: unknown): unknown {
  if (!Array.isArray(measurements)) return measurements;
  return measurements.map((each: unknown) => {
    if (typeof each !== 'object' || each === null) return each;
    const given = Object.entries(each).filter(([, value]) => value !== null);
    return Object.fromEntries(
      given.map(([key, value]) => [key === 'value_type' ? 'valueType' : key, value as unknown]),
    );
  });
}
