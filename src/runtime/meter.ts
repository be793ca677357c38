// SPDX-License-Identifier: Apache-2.0
import { type Meter, createNoopMeter, metrics } from '@opentelemetry/api';
import { VERSION } from '../../semconv/version.ts';
import { perProvider } from './per-provider.ts';

/** A meter of the provider that is registered now, and the instruments made with it so far. */
export interface Metering<Instrument> {
  readonly meter: Meter;
  readonly instruments: Map<string, Instrument>;
}

const NOOP: unknown = createNoopMeter().constructor;

/** A view on the registered meter provider under an instrumentation scope of its own. Undefined while there is none: also later ones count. */
export function createMetering<Instrument>(scopeName: string): () => Metering<Instrument> | undefined {
  return perProvider(
    'metrics',
    'getMeter',
    () => metrics.getMeterProvider(),
    (provider) => {
      const meter = provider.getMeter(scopeName, VERSION);
      return meter.constructor === NOOP ? undefined : { meter, instruments: new Map() };
    },
  );
}
