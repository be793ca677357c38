// SPDX-License-Identifier: Apache-2.0
import type { HrTime } from '@opentelemetry/api';
import type { MetricData, MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';

type Attributes = Readonly<Record<string, unknown>>;
type Pairs = readonly (readonly [attributes: Attributes, value: number])[];

interface Storage {
  collect(collector: MetricProducer, time: HrTime): MetricData | undefined;
}
interface ObservedStorage extends Storage {
  record(measurements: { entries(): Iterable<Pairs[number]> }, time: HrTime): void;
}
interface Instrument {
  readonly _metricStorages: readonly ObservedStorage[];
  readonly _descriptor: { readonly valueType: number };
}
type Observe = (...measurement: readonly unknown[]) => void;
type Callback = (result: { readonly observe: Observe }) => unknown;

/** What the SDK's collector knows. No public call collects without a promise; the version is pinned, and a test asks. */
interface Internals {
  readonly _sharedState: {
    readonly resource: ResourceMetrics['resource'];
    readonly meterSharedStates: ReadonlyMap<string, Meter>;
  };
}
interface Meter {
  readonly _instrumentationScope: ResourceMetrics['scopeMetrics'][number]['scope'];
  readonly metricStorageRegistry: { getStorages(collector: MetricProducer): readonly Storage[] };
  readonly observableRegistry: {
    readonly _callbacks: readonly { readonly callback: Callback; readonly instrument: Instrument }[];
    readonly _batchCallbacks: readonly { readonly callback: Callback; readonly instruments: Iterable<Instrument> }[];
  };
}

const INT = 0;

/**
 * Collects at once, for the end of the process, where no promise settles any more. With `observe` the callbacks of observable
 * instruments are called; one that is asynchronous comes too late, and what it observed last stands.
 */
export function collectNow(producer: MetricProducer, observe: boolean): ResourceMetrics {
  const { resource, meterSharedStates } = (producer as unknown as Internals)._sharedState;
  const now = Date.now();
  const time: HrTime = [Math.trunc(now / 1000), (now % 1000) * 1_000_000];
  const scopeMetrics = [...meterSharedStates.values()].map((meter) => {
    if (observe) observeAll(meter, time);
    const metrics = meter.metricStorageRegistry
      .getStorages(producer)
      .map((storage) => storage.collect(producer, time))
      .filter((metric) => metric !== undefined);
    return { scope: meter._instrumentationScope, metrics };
  });
  return { resource, scopeMetrics: scopeMetrics.filter(({ metrics }) => metrics.length > 0) };
}

function observeAll({ observableRegistry: { _callbacks, _batchCallbacks } }: Meter, time: HrTime): void {
  for (const { callback, instrument } of _callbacks) {
    const observed: [Attributes, number][] = [];
    call(callback, (value, attributes) => observed.push([(attributes ?? {}) as Attributes, value as number]));
    record(instrument, observed, time);
  }
  for (const { callback, instruments } of _batchCallbacks) {
    const observed = new Map([...instruments].map((instrument) => [instrument, [] as [Attributes, number][]]));
    call(callback, (instrument, value, attributes) =>
      observed.get(instrument as Instrument)?.push([(attributes ?? {}) as Attributes, value as number]),
    );
    for (const [instrument, pairs] of observed) record(instrument, pairs, time);
  }
}

/** A callback is the application's: it may throw, and what it promises is not waited for. */
function call(callback: Callback, observe: Observe): void {
  try {
    Promise.resolve(callback({ observe })).catch(() => undefined);
  } catch {
    // What it observed before it threw stands.
  }
}

function record({ _metricStorages, _descriptor }: Instrument, observed: Pairs, time: HrTime): void {
  const pairs = observed
    .filter(([, value]) => typeof value === 'number')
    .map(([attributes, value]) => [attributes, _descriptor.valueType === INT ? Math.trunc(value) : value] as const);
  if (pairs.length === 0) return;
  for (const storage of _metricStorages) storage.record({ entries: () => pairs }, time);
}
