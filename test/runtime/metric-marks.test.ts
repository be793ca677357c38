// SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AtofMarkEvent, FlowError, type Measurement, type Registration, flow } from '../../src/api/index.ts';
import { type MetricsCollector, startMetrics } from './metrics-collector.ts';
import { type Recorder, startRecorder } from './recorder.ts';

let recorder: Recorder;
let collector: MetricsCollector;
let registrations: Registration[] = [];
beforeEach(() => {
  recorder = startRecorder();
  collector = startMetrics();
});
afterEach(async () => {
  for (const registration of registrations) registration.remove();
  registrations = [];
  recorder.stop();
  await collector.stop();
});

const items: Measurement = { name: 'shop.items', kind: 'counter', valueType: 'u64', value: 2 };
const emit = (...measurements: Measurement[]): void => flow.scope.metric('m', measurements);

describe('flow.scope.metric', () => {
  it('emits a mark with the reserved schema in which everything that is not set is null', async () => {
    await flow.scope.run('s', async (s) => {
      flow.scope.metric('sales', [items], { metadata: { shop: 1 }, time: 5_000_000 });
      flow.scope.metric('other', [{ ...items, unit: '{item}', attributes: { kind: 'a', tags: ['x', 'y'] } }], {
        scope: s,
      });
    });
    const [sales, other] = (await recorder.take()).filter(({ kind }) => kind === 'mark') as AtofMarkEvent[];
    expect(sales).toMatchObject({
      name: 'sales',
      timestamp: '1970-01-01T00:00:05.000000Z',
      metadata: { shop: 1 },
      data_schema: { name: 'flow.metric_measurements', version: '1' },
    });
    expect(sales?.data).toEqual({
      measurements: [
        {
          name: 'shop.items',
          kind: 'counter',
          value_type: 'u64',
          value: 2,
          unit: null,
          description: null,
          attributes: null,
          boundaries: null,
        },
      ],
    });
    expect(other?.data).toMatchObject({
      measurements: [{ unit: '{item}', attributes: { kind: 'a', tags: ['x', 'y'] } }],
    });
  });

  it('records each measurement on an instrument of its kind', async () => {
    const attributes = { region: 'eu', tags: ['a'] };
    emit(
      { ...items, attributes },
      { ...items, value: 3, attributes },
      { name: 'shop.open', kind: 'up_down_counter', valueType: 'i64', value: -1 },
      { name: 'shop.heat', kind: 'gauge', value: 21.5, unit: 'Cel', description: 'How warm it is.' },
      { name: 'shop.wait', kind: 'histogram', value: 0.3, unit: 's', boundaries: [0.1, 1] },
    );
    expect(
      (await collector.take()).map(({ name, unit, value, count, boundaries }) => ({
        name,
        unit,
        value,
        count,
        boundaries,
      })),
    ).toEqual([
      { name: 'shop.items', unit: '', value: 5, count: undefined, boundaries: undefined },
      { name: 'shop.open', unit: '', value: -1, count: undefined, boundaries: undefined },
      { name: 'shop.heat', unit: 'Cel', value: 21.5, count: undefined, boundaries: undefined },
      { name: 'shop.wait', unit: 's', value: 0.3, count: 1, boundaries: [0.1, 1] },
    ]);
    emit({ ...items, attributes });
    expect(await collector.take()).toMatchObject([{ value: 2, attributes, scope: '@flow/register/marks' }]);
  });

  it('emits the mark without a meter provider too', async () => {
    await collector.stop();
    emit(items);
    expect(await recorder.take()).toMatchObject([{ name: 'm', data: { measurements: [{ value: 2 }] } }]);
  });

  it('records with nobody to take the mark', async () => {
    recorder.stop();
    flow.scope.run('s', () => emit(items));
    expect(await collector.take()).toMatchObject([{ name: 'shop.items', value: 2 }]);
  });

  it('records what the sanitizers of marks left', async () => {
    registrations.push(
      flow.event.addSanitizeMark('less', (event) => {
        if (event.name === 'gone') return {};
        const data = structuredClone(event.data) as { measurements: { attributes: unknown }[] };
        for (const each of data.measurements) each.attributes = null;
        return { ...event, data };
      }),
    );
    flow.scope.metric('kept', [{ ...items, attributes: { user: 'secret' } }]);
    flow.scope.metric('gone', [{ ...items, name: 'shop.gone' }]);
    expect(await collector.take()).toMatchObject([{ name: 'shop.items', value: 2, attributes: {} }]);
    expect(JSON.stringify(await recorder.take())).not.toContain('secret');
  });

  it('reports a measurement that a sanitizer broke', async () => {
    registrations.push(
      flow.event.addSanitizeMark('break', (event) => ({ ...event, data: { measurements: [{ name: 1 }] } })),
    );
    emit(items);
    expect(await collector.take()).toEqual([]);
    expect(String(recorder.diagnostics[0]?.error)).toContain('measurements[0]: name must be');
  });

  it.each([
    ['no list', 'none', 'measurements must be a list'],
    ['a list of nothing', [null], 'it must be an object, not null'],
  ])('reports measurements that a sanitizer made %s', async (_, measurements, message) => {
    registrations.push(flow.event.addSanitizeMark('break', (event) => ({ ...event, data: { measurements } })));
    emit(items);
    expect(await collector.take()).toEqual([]);
    expect(String(recorder.diagnostics[0]?.error)).toContain(message);
  });

  it.each(['no data at all', 'null in their place'])('records nothing of what a sanitizer cleared: %s', async (how) => {
    const data = how === 'no data at all' ? null : { measurements: null };
    registrations.push(flow.event.addSanitizeMark('clear', (event) => ({ ...event, data })));
    emit(items);
    expect(await collector.take()).toEqual([]);
    expect(recorder.diagnostics).toEqual([]);
  });

  it('reports what the meter of the application throws, and goes on with the group', async () => {
    await collector.stop();
    const taken: number[] = [];
    const meter = {
      createCounter: () => expect.unreachable('no counters'),
      createGauge: () => ({ record: (value: number) => void taken.push(value) }),
    };
    metrics.setGlobalMeterProvider({ getMeter: () => meter as never });
    emit(items, { name: 'shop.heat', kind: 'gauge', value: 21.5 });
    expect(taken).toEqual([21.5]);
    metrics.disable();
    expect(recorder.diagnostics).toMatchObject([{ source: 'metric', name: 'shop.items' }]);
    expect(await recorder.take()).toHaveLength(1);
  });

  it.each([
    ['kind', { ...items, kind: 'gauge' }],
    ['valueType', { ...items, valueType: 'f64' }],
    ['unit', { ...items, unit: 'By' }],
    ['name in other letters, but not the unit', { ...items, name: 'SHOP.Items', unit: 'By' }],
  ] as const)('does not record a group in which a name comes with another %s than before', async (_, other) => {
    emit(items);
    await collector.take();
    emit({ ...items, name: 'shop.new' }, other);
    expect(await collector.take()).toEqual([]);
    const [diagnostic] = recorder.diagnostics;
    expect(diagnostic).toMatchObject({ source: 'metric', name: other.name });
    expect(String(diagnostic?.error)).toContain('nothing of its group was recorded');
    expect(await recorder.take()).toHaveLength(2);
  });

  it('does not record other boundaries for a histogram, nor a negative value', async () => {
    const wait: Measurement = { name: 'w', kind: 'histogram', value: 1, boundaries: [1, 2] };
    emit(wait);
    emit({ ...wait, boundaries: [1, 3] });
    emit({ ...wait, value: -1 });
    emit({ name: 'w', kind: 'histogram', value: 3 });
    expect(await collector.take()).toMatchObject([{ count: 2, value: 4, boundaries: [1, 2] }]);
    expect(recorder.diagnostics).toHaveLength(2);
  });

  it('does nothing inside of what is not observed', async () => {
    registrations.push(
      flow.event.addSanitizeScopeStart('s', (event) => {
        emit(items);
        return event;
      }),
    );
    flow.scope.run('s', () => 1);
    expect((await recorder.take()).map(({ kind }) => kind)).toEqual(['scope', 'scope']);
    expect(await collector.take()).toEqual([]);
  });
});

describe('a group with a wrong measurement is refused as a whole:', () => {
  it.each<[string, object | undefined, string]>([
    ['no object', undefined, 'it must be an object, not undefined'],
    ['a name that begins with a digit', { name: '1' }, 'name must be a letter'],
    ['a name that is too long', { name: `a${'b'.repeat(255)}` }, 'name must be a letter'],
    ['a kind that is none', { kind: 'toString' }, 'kind must be one of counter, up_down_counter, gauge, histogram'],
    ['a signed counter', { valueType: 'i64' }, 'valueType of a counter must be u64 or f64'],
    ['a falling counter', { value: -1 }, 'value of a counter of type u64 must not be negative'],
    ['a falling counter of fractions', { value: -1, valueType: 'f64' }, 'must not be negative'],
    ['a fraction of a whole number', { value: 1.5 }, 'value of type u64 must be a safe integer'],
    ['no number', { value: Number.NaN }, 'value must be a finite number'],
    ['a unit that is not ASCII', { unit: 'µs' }, 'unit must be ASCII text'],
    ['a unit that is too long', { unit: 'x'.repeat(64) }, 'unit must be ASCII text'],
    ['a description that is none', { description: 1 }, 'description must be a string'],
    ['boundaries of a counter', { boundaries: [1] }, 'only a histogram has boundaries'],
    ['boundaries that fall', { kind: 'histogram', boundaries: [2, 1] }, 'boundaries must be up to 64'],
    ['too many boundaries', { kind: 'histogram', boundaries: Array.from({ length: 65 }, (_, i) => i) }, 'up to 64'],
    ['attributes that are a list', { attributes: ['a'] }, 'attributes must be an object, not an array'],
    ['an attribute without a name', { attributes: { ' ': 1 } }, 'attributes must have names'],
    ['a nested attribute', { attributes: { a: { b: 1 } } }, "attribute 'a' must be a scalar or a list"],
    ['a mixed list', { attributes: { a: [1, '2'] } }, "attribute 'a' must be a scalar or a list"],
    ['an empty list', { attributes: { a: [] } }, "attribute 'a' must be a scalar or a list"],
    ['an unknown field', { valuetype: 'u64' }, 'the fields are name, kind'],
    ['another unit of the same name', { unit: 'By' }, "unit of 'shop.items' must be that of the earlier one, ''"],
    ['another kind in other letters', { name: 'SHOP.ITEMS', kind: 'gauge' }, 'kind of'],
  ])('%s', async (_, wrong, message) => {
    const second = wrong && { ...items, ...wrong };
    expect(() => flow.scope.metric('m', [items, second as Measurement])).toThrow(
      expect.objectContaining({
        code: 'FLOW_INVALID_ARGUMENT',
        message: expect.stringMatching(/^metric mark 'm': measurements\[1\]: /),
      }),
    );
    expect(() => flow.scope.metric('m', [items, second as Measurement])).toThrow(message);
    expect(await recorder.take()).toEqual([]);
    expect(await collector.take()).toEqual([]);
  });

  it.each([[[]], [undefined], ['x']])('no list of measurements: %o', (measurements) => {
    expect(() => flow.scope.metric('m', measurements as never)).toThrow('measurements must be a list of at least one');
  });

  it('no name of the mark', () => {
    expect(() => flow.scope.metric('', [items])).toThrow('the name must be a non-empty string');
  });
});

const types = {
  counter: ['u64', 'f64'],
  up_down_counter: ['i64', 'f64'],
  gauge: ['u64', 'i64', 'f64'],
  histogram: ['u64', 'f64'],
};
const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const legal = (index: number): fc.Arbitrary<Measurement> =>
  fc
    .constantFrom(...(Object.keys(types) as Measurement['kind'][]))
    .chain((kind) => fc.record({ kind: fc.constant(kind), valueType: fc.constantFrom(...types[kind]) }))
    .chain(({ kind, valueType }) => {
      const min = valueType === 'u64' || kind === 'counter' || kind === 'histogram' ? 0 : -1e9;
      return fc.record(
        {
          name: fc.constant(`legal.${kind}.${valueType}.${index}`),
          kind: fc.constant(kind),
          valueType: fc.constant(valueType as 'f64'),
          value:
            valueType === 'f64' ? fc.double({ min, max: 1e9, noNaN: true }) : fc.integer({ min, max: 1_000_000_000 }),
          description: fc.string({ unit: 'binary' }),
          attributes: fc.dictionary(
            fc.string({ minLength: 1 }).filter((key) => key.trim() !== ''),
            fc.oneof(scalar, fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 })),
            { maxKeys: 3 },
          ),
        },
        { requiredKeys: ['name', 'kind', 'valueType', 'value'] },
      ) as fc.Arbitrary<Measurement>;
    });

describe('whatever is measured', () => {
  it('is recorded with its value where it is legal, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(legal(0), legal(1), legal(2)), async (group) => {
        flow.scope.metric('m', group);
        const points = await collector.take();
        expect(recorder.diagnostics).toEqual([]);
        for (const { name, value } of group)
          expect(points.find((point) => point.name === name)?.value).toBeCloseTo(value, 5);
        await recorder.take();
      }),
      { numRuns: 60 },
    );
  });

  it('is refused by its place in the group where it is not, and only with our own error', async () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ name: fc.constant('a'), kind: fc.anything(), value: fc.anything() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 3 }), async (group) => {
        const refusals: unknown[] = [];
        try {
          flow.scope.metric('m', group as Measurement[]);
        } catch (error) {
          refusals.push(error);
        }
        for (const refusal of refusals) {
          expect(refusal).toBeInstanceOf(FlowError);
          expect(String(refusal)).toContain('measurements[');
        }
        await recorder.take();
      }),
      { numRuns: 200 },
    );
  });
});
