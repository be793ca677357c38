// SPDX-License-Identifier: Apache-2.0
import { type Meter, type MeterProvider, createNoopMeter, metrics } from '@opentelemetry/api';
import { VERSION } from '../../semconv/version.ts';
import { report } from './diagnostics.ts';

/** A meter of the provider that is registered now, and the instruments made with it so far. */
export interface Metering<Instrument> {
  readonly meter: Meter;
  readonly instruments: Map<string, Instrument>;
}

const NOOP: unknown = createNoopMeter().constructor;

/** A view on the registered meter provider under an instrumentation scope of its own. Undefined while there is none: also later ones count. */
export function createMetering<Instrument>(scopeName: string): () => Metering<Instrument> | undefined {
  let from: MeterProvider | undefined;
  let metering: Metering<Instrument> | undefined;
  return () => {
    const provider = metrics.getMeterProvider();
    if (provider !== from) {
      from = provider;
      metering = open(provider, scopeName);
    }
    return metering;
  };
}

function open<Instrument>(provider: MeterProvider, scopeName: string): Metering<Instrument> | undefined {
  try {
    const meter = provider.getMeter(scopeName, VERSION);
    return meter.constructor === NOOP ? undefined : { meter, instruments: new Map() };
  } catch (error) {
    report('metrics', 'getMeter', error);
    return undefined;
  }
}
