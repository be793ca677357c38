// SPDX-License-Identifier: Apache-2.0
import type { Counter, Gauge, Histogram, Meter, UpDownCounter } from '@opentelemetry/api';

/**
 * A meter that asks for the real one when something is measured: instrumentations make their instruments when they start, and few of them are ever
 * used. What is to be observed at each collection is real at once.
 */
export function createDeferredMeter(real: () => Meter): Meter {
  return {
    createGauge: (...instrument) => deferRecord<Gauge>(() => real().createGauge(...instrument)),
    createHistogram: (...instrument) => deferRecord<Histogram>(() => real().createHistogram(...instrument)),
    createCounter: (...instrument) => deferAdd<Counter>(() => real().createCounter(...instrument)),
    createUpDownCounter: (...instrument) => deferAdd<UpDownCounter>(() => real().createUpDownCounter(...instrument)),
    createObservableGauge: (...instrument) => real().createObservableGauge(...instrument),
    createObservableCounter: (...instrument) => real().createObservableCounter(...instrument),
    createObservableUpDownCounter: (...instrument) => real().createObservableUpDownCounter(...instrument),
    addBatchObservableCallback: (...observation) => real().addBatchObservableCallback(...observation),
    removeBatchObservableCallback: (...observation) => real().removeBatchObservableCallback(...observation),
  };
}

function deferRecord<Instrument extends Gauge | Histogram>(create: () => Instrument): Instrument {
  let instrument: Instrument | undefined;
  return { record: (...measurement) => (instrument ??= create()).record(...measurement) } as Instrument;
}

function deferAdd<Instrument extends Counter | UpDownCounter>(create: () => Instrument): Instrument {
  let instrument: Instrument | undefined;
  return { add: (...measurement) => (instrument ??= create()).add(...measurement) } as Instrument;
}
