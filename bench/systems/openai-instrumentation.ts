// SPDX-License-Identifier: Apache-2.0
import { metrics, trace } from '@opentelemetry/api';
import { loadPeer } from '../peers.ts';
import type { Conditions, System } from '../system.ts';
import { registerTraceSdk } from '../trace-sdk.ts';

/** As much as OpenTelemetry's registration calls, which no peer's types are needed for. */
interface Instrumentation {
  setTracerProvider(provider: unknown): void;
  setMeterProvider(provider: unknown): void;
  setConfig(config: object): void;
  enable(): void;
}
type Module = Readonly<Record<string, new (config?: object) => Instrumentation>>;

/** Starts the instrumentation of that package, before the client is loaded: it patches the client by itself. */
export function startInstrumentation(
  name: string,
  config: object,
  conditions: Conditions,
  exported: string = 'OpenAIInstrumentation',
): System {
  registerTraceSdk(conditions);
  const Found = loadPeer<Module>(name)[exported];
  if (Found === undefined) throw new Error(`${name} has no ${exported}`);
  const instrumentation = new Found(config);
  instrumentation.setTracerProvider(trace.getTracerProvider());
  instrumentation.setMeterProvider(metrics.getMeterProvider());
  return {};
}
