// SPDX-License-Identifier: Apache-2.0
import { type Attributes, type Meter, type MetricOptions, ValueType } from '@opentelemetry/api';
import { report } from './diagnostics.ts';
import { type Metering, createMetering } from './meter.ts';
import type { Measurement } from './metrics-measurement.ts';

interface Described {
  /** The measurement that the instrument was made for: later ones of its name must be of the same instrument. */
  readonly by: Measurement;
  readonly take: (value: number, attributes: Attributes) => void;
}

// An instrumentation scope of its own: the application's names never meet those that the runtime records.
const metering = createMetering<Described>('@flow/register/marks');

/** True while somebody collects metrics. */
export const takesMeasurements = (): boolean => metering() !== undefined;

/**
 * Records a group on the instruments of the meter provider: all of it, or nothing where one of it contradicts what its name meant before, which is
 * reported. Never throws.
 */
export function recordMeasurements(group: readonly Measurement[]): void {
  const current = metering();
  if (current === undefined) return;
  for (const measurement of group) {
    const conflict = conflictOf(current, measurement);
    if (conflict === undefined) continue;
    report('metric', measurement.name, new Error(`${conflict}; nothing of its group was recorded`));
    return;
  }
  for (const measurement of group)
    try {
      instrumentOf(current, measurement).take(measurement.value, attributesOf(measurement));
    } catch (error) {
      report('metric', measurement.name, error);
    }
}

function conflictOf(current: Metering<Described>, measurement: Measurement): string | undefined {
  if (measurement.kind === 'histogram' && measurement.value < 0)
    return `a histogram takes no negative value such as ${measurement.value}`;
  const by = current.instruments.get(measurement.name.toLowerCase())?.by;
  if (by === undefined) return undefined;
  for (const field of ['kind', 'valueType', 'unit'] as const)
    if ((by[field] ?? '') !== (measurement[field] ?? ''))
      return `its ${field} was '${by[field] ?? ''}' and is '${measurement[field] ?? ''}' now`;
  const { boundaries } = measurement;
  return boundaries === undefined || boundaries.join() === by.boundaries?.join() ? undefined : 'its boundaries changed';
}

function instrumentOf({ meter, instruments }: Metering<Described>, measurement: Measurement): Described {
  const name = measurement.name.toLowerCase();
  let described = instruments.get(name);
  if (described === undefined) {
    described = { by: measurement, take: create(meter, measurement) };
    instruments.set(name, described);
  }
  return described;
}

function create(
  meter: Meter,
  { name, kind, valueType, unit, description, boundaries }: Measurement,
): Described['take'] {
  const options: MetricOptions = {
    valueType: valueType === 'f64' ? ValueType.DOUBLE : ValueType.INT,
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description: description.toWellFormed() }),
    ...(boundaries !== undefined && { advice: { explicitBucketBoundaries: [...boundaries] } }),
  };
  switch (kind) {
    case 'counter': {
      const counter = meter.createCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'up_down_counter': {
      const counter = meter.createUpDownCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, options);
      return (value, attributes) => gauge.record(value, attributes);
    }
    case 'histogram': {
      const histogram = meter.createHistogram(name, options);
      return (value, attributes) => histogram.record(value, attributes);
    }
  }
}

const textOf = (value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);

function attributesOf({ attributes = {} }: Measurement): Attributes {
  const entries = Object.entries(attributes).map(([key, value]) => [
    key.toWellFormed(),
    Array.isArray(value) ? value.map(textOf) : textOf(value),
  ]);
  return Object.fromEntries(entries) as Attributes;
}
