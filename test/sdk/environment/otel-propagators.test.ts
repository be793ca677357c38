// SPDX-License-Identifier: Apache-2.0
import { defaultTextMapSetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { createPropagator } from '../../../src/sdk/propagator.ts';
import { ROOT } from '../../support/run.ts';
import { runTraced } from '../fixtures/traced-app.ts';

const code = `
  const carrier = {};
  const baggage = propagation.createBaggage({ k: { value: 'v' } });
  const s = tracer.startSpan('x');
  propagation.inject(propagation.setBaggage(trace.setSpan(context.active(), s), baggage), carrier);
  console.log(Object.keys(carrier).sort().join());`;
const QUIET = { OTEL_TRACES_EXPORTER: 'none' };

describe('OTEL_PROPAGATORS', () => {
  it.each([
    ['', 'baggage,traceparent'],
    ['tracecontext', 'traceparent'],
    ['tracecontext, tracecontext', 'traceparent'],
    ['b3', 'b3'],
    ['B3Multi', 'x-b3-sampled,x-b3-spanid,x-b3-traceid'],
    ['b3,tracecontext,none', ''],
  ])('%s', (value, expected) => {
    const carrier: Record<string, string> = {};
    const propagator = createPropagator(readSettings({ OTEL_PROPAGATORS: value }), () => undefined);
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const baggage = propagation.createBaggage({ k: { value: 'v' } });
    const context = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, span), baggage);
    propagator?.inject(context, carrier, defaultTextMapSetter);
    expect(Object.keys(carrier).toSorted().join().toLowerCase()).toBe(expected);
  });

  it('jaeger, xray and ottrace without their packages are left out, each with one line that says what to install', async () => {
    const { stdout, stderr } = await runTraced({
      env: { ...QUIET, OTEL_PROPAGATORS: 'jaeger,xray,ottrace,baggage' },
      code,
    });
    expect(stdout).toBe('baggage\n');
    expect(stderr.trimEnd().split('\n')).toEqual(
      [
        ['jaeger', '@opentelemetry/propagator-jaeger'],
        ['xray', '@opentelemetry/propagator-aws-xray'],
        ['ottrace', '@opentelemetry/propagator-ot-trace'],
      ].map(
        ([name, install]) =>
          `flow: OTEL_PROPAGATORS is "${name}"; npm install ${install}, or leave it out (contexts go without it)`,
      ),
    );
  });

  const application = mkdtempSync(join(tmpdir(), 'flow-propagator-'));
  afterAll(() => rmSync(application, { recursive: true }));

  it('jaeger takes the package that the application has installed', async () => {
    const folder = join(application, 'node_modules/@opentelemetry/propagator-jaeger');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'index.js'),
      `exports.JaegerPropagator = class {
        inject(context, carrier, setter) { setter.set(carrier, 'uber-trace-id', 'x'); }
        extract(context) { return context; }
        fields() { return ['uber-trace-id']; }
      };`,
    );
    const api = pathToFileURL(join(ROOT, 'node_modules/@opentelemetry/api/package.json')).href;
    const program = join(application, 'app.mjs');
    writeFileSync(
      program,
      `import { createRequire } from 'node:module';
      const { context, propagation } = createRequire('${api}')('@opentelemetry/api');
      const carrier = {};
      propagation.inject(context.active(), carrier);
      console.log(Object.keys(carrier).join());`,
    );
    const env = { ...QUIET, OTEL_PROPAGATORS: 'jaeger' };
    const { stdout, stderr } = await runTraced({ env, file: program, cwd: application });
    expect({ stdout, stderr }).toEqual({ stdout: 'uber-trace-id\n', stderr: '' });
  });
});
