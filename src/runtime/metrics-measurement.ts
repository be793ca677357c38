// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { invalid } from './checks.ts';

const VALUE_TYPES = {
  counter: ['u64', 'f64'],
  up_down_counter: ['i64', 'f64'],
  gauge: ['u64', 'i64', 'f64'],
  histogram: ['u64', 'f64'],
} as const;
/** What a measurement is of, as an OTel instrument. */
export type MeasurementKind = keyof typeof VALUE_TYPES;
/** Of which numbers its values are. */
export type MeasurementValueType = 'u64' | 'i64' | 'f64';

/** One measurement of a group. */
export interface Measurement {
  /** A letter, then up to 254 letters, digits and `_ . - /`. */
  readonly name: string;
  readonly kind: MeasurementKind;
  /** Default `f64`. `u64` for counters, gauges and histograms, `i64` for up-down counters and gauges. */
  readonly valueType?: MeasurementValueType | undefined;
  /** Finite; a counter's is not negative. Whole numbers up to 2^53 where the type is one of integers. */
  readonly value: number;
  /** ASCII, up to 63 characters, such as `s`, `By` or `{item}`. */
  readonly unit?: string | undefined;
  readonly description?: string | undefined;
  /** Scalars, or lists of one kind of scalar. */
  readonly attributes?: Readonly<Record<string, Json>> | undefined;
  /** Histograms only: up to 64, strictly increasing. */
  readonly boundaries?: readonly number[] | undefined;
}

const NAME = /^[A-Za-z][A-Za-z0-9_.\-/]{0,254}$/;
// oxlint-disable-next-line no-control-regex -- all of ASCII
const UNIT = /^[\x00-\x7f]{0,63}$/;
const MAX_BOUNDARIES = 64;
const FIELDS: readonly string[] = [
  'name',
  'kind',
  'valueType',
  'value',
  'unit',
  'description',
  'attributes',
  'boundaries',
];

/** The group as it is now, all of it right; throws `FLOW_INVALID_ARGUMENT` that names the first measurement which is not. */
export function checkMeasurements(where: string, given: unknown): readonly Measurement[] {
  if (!Array.isArray(given) || given.length === 0)
    return invalid(where, 'measurements must be a list of at least one', given);
  const checked = Array.from(given, (each: unknown, index) =>
    checkMeasurement(`${where}: measurements[${index}]`, each),
  );
  const first = new Map<string, Measurement>();
  for (const [index, measurement] of checked.entries()) {
    const name = measurement.name.toLowerCase();
    const earlier = first.get(name) ?? measurement;
    first.set(name, earlier);
    for (const field of ['kind', 'unit', 'valueType'] as const)
      if (earlier[field] !== measurement[field])
        invalid(
          `${where}: measurements[${index}]`,
          `${field} of '${measurement.name}' must be that of the earlier one, '${earlier[field] ?? ''}'`,
          measurement[field],
        );
  }
  return checked;
}

function checkMeasurement(where: string, given: unknown): Measurement {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return invalid(where, 'it must be an object', given);
  const unknown = Object.keys(given).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return invalid(where, `the fields are ${FIELDS.join(', ')}`, unknown);
  const { name, kind, valueType = 'f64', value, unit, description } = given as Partial<Measurement>;
  if (typeof name !== 'string' || !NAME.test(name))
    return invalid(where, 'name must be a letter, then up to 254 letters, digits and _ . - /', name);
  if (typeof kind !== 'string' || !Object.hasOwn(VALUE_TYPES, kind))
    return invalid(where, `kind must be one of ${Object.keys(VALUE_TYPES).join(', ')}`, kind);
  const types: readonly string[] = VALUE_TYPES[kind];
  if (!types.includes(valueType))
    return invalid(where, `valueType of a ${kind} must be ${types.join(' or ')}`, valueType);
  if (typeof unit !== 'string' ? unit !== undefined : !UNIT.test(unit))
    return invalid(where, 'unit must be ASCII text of up to 63 characters', unit);
  if (description !== undefined && typeof description !== 'string')
    return invalid(where, 'description must be a string', description);
  return {
    name,
    kind,
    valueType,
    value: checkValue(where, kind, valueType, value),
    unit,
    description,
    attributes: checkDimensions(where, (given as Partial<Measurement>).attributes),
    boundaries: checkBoundaries(where, kind, (given as Partial<Measurement>).boundaries),
  };
}

function checkValue(where: string, kind: string, type: MeasurementValueType, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    return invalid(where, 'value must be a finite number', value);
  if (type !== 'f64' && !Number.isSafeInteger(value))
    return invalid(where, `value of type ${type} must be a safe integer`, value);
  if (value < 0 && (type === 'u64' || kind === 'counter'))
    return invalid(where, `value of a ${kind} of type ${type} must not be negative`, value);
  return value;
}

function checkDimensions(where: string, given: unknown): JsonObject | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object' || Array.isArray(given)) return invalid(where, 'attributes must be an object', given);
  const attributes: [string, Json][] = [];
  for (const [key, value] of Object.entries(given)) {
    if (key.trim() === '') return invalid(where, 'attributes must have names', key);
    if (!isScalar(value) && !isList(value))
      return invalid(where, `attribute '${key}' must be a scalar or a list of one kind of scalar`, value);
    attributes.push([key, Array.isArray(value) ? [...(value as Json[])] : value]);
  }
  return Object.fromEntries(attributes);
}

const isScalar = (value: unknown): value is Json =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

const isList = (value: unknown): value is Json =>
  Array.isArray(value) && value.length > 0 && value.every((each) => isScalar(each) && typeof each === typeof value[0]);

function checkBoundaries(where: string, kind: string, given: unknown): readonly number[] | undefined {
  if (given === undefined || given === null) return undefined;
  if (kind !== 'histogram') return invalid(where, 'only a histogram has boundaries', given);
  const increases = (each: unknown, index: number, all: readonly unknown[]): boolean =>
    typeof each === 'number' && Number.isFinite(each) && (index === 0 || each > (all[index - 1] as number));
  if (!Array.isArray(given) || given.length > MAX_BOUNDARIES || !given.every(increases))
    return invalid(where, `boundaries must be up to ${MAX_BOUNDARIES} finite numbers that increase`, given);
  return [...(given as number[])];
}
