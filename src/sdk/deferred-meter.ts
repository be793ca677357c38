// SPDX-License-Identifier: Apache-2.0
import type { Meter } from '@opentelemetry/api';

/** A meter that asks for the real one when it is first used. Its instruments are the real ones. */
export function createDeferredMeter(real: () => Meter): Meter {
  return {
    createGauge: (...instrument) => real().createGauge(...instrument),
    createHistogram: (...instrument) => real().createHistogram(...instrument),
    createCounter: (...instrument) => real().createCounter(...instrument),
    createUpDownCounter: (...instrument) => real().createUpDownCounter(...instrument),
    createObservableGauge: (...instrument) => real().createObservableGauge(...instrument),
    createObservableCounter: (...instrument) => real().createObservableCounter(...instrument),
    createObservableUpDownCounter: (...instrument) => real().createObservableUpDownCounter(...instrument),
    addBatchObservableCallback: (...observation) => real().addBatchObservableCallback(...observation),
    removeBatchObservableCallback: (...observation) => real().removeBatchObservableCallback(...observation),
  };
}
