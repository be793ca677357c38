// SPDX-License-Identifier: Apache-2.0
import type * as Api from '@opentelemetry/api';
import type * as Core from '@opentelemetry/core';
import type * as B3 from '@opentelemetry/propagator-b3';

import { load } from '../instrument/load.ts';
import { propagatorFromFile } from './config-file-parts.ts';
import type { Settings } from './environment.ts';
import { loadFromApplication } from './load-through.ts';
import type { Log } from './log.ts';

type Name = Settings['propagators'][number];
type Installed = Readonly<Record<string, new () => Api.TextMapPropagator>>;

/** Packages and classes of the formats that only the application brings. */
const INSTALLED: Readonly<Record<'jaeger' | 'xray' | 'ottrace', readonly [specifier: string, className: string]>> = {
  jaeger: ['@opentelemetry/propagator-jaeger', 'JaegerPropagator'],
  xray: ['@opentelemetry/propagator-aws-xray', 'AWSXRayPropagator'],
  ottrace: ['@opentelemetry/propagator-ot-trace', 'OTTracePropagator'],
};

/** What `OTEL_PROPAGATORS` or the configuration file names. One whose package is missing is left out, with a line. */
export function createPropagator(settings: Settings, log: Log): Api.TextMapPropagator | undefined {
  if (settings.configFile !== undefined) return propagatorFromFile(settings.configFile);
  const core = load<typeof Core>('@opentelemetry/core');
  const propagators = settings.propagators.map((name) => create(name, core, log)).filter((made) => made !== undefined);
  return propagators.length > 1 ? new core.CompositePropagator({ propagators }) : propagators[0];
}

function create(name: Name, core: typeof Core, log: Log): Api.TextMapPropagator | undefined {
  if (name === 'tracecontext') return new core.W3CTraceContextPropagator();
  if (name === 'baggage') return new core.W3CBaggagePropagator();
  if (name === 'b3' || name === 'b3multi') {
    const { B3InjectEncoding, B3Propagator } = load<typeof B3>('@opentelemetry/propagator-b3');
    return new B3Propagator({ injectEncoding: B3InjectEncoding[name === 'b3' ? 'SINGLE_HEADER' : 'MULTI_HEADER'] });
  }
  const [specifier, className] = INSTALLED[name];
  try {
    const Propagator = loadFromApplication<Installed>(specifier)[className];
    if (Propagator !== undefined) return new Propagator();
    log('warn', `OTEL_PROPAGATORS is "${name}"; install a version of ${specifier} that has ${className}`);
  } catch {
    log('warn', `OTEL_PROPAGATORS is "${name}"; npm install ${specifier}, or leave it out (contexts go without it)`);
  }
  return undefined;
}
