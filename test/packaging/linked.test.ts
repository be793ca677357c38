// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from './consumer.ts';
import { expectSeen, type Matrix, runAs, startMatrix } from './rows/agent.ts';

describe('in a strict layout, where a package finds only what it depends on', () => {
  let matrix: Matrix;

  beforeAll(async () => {
    matrix = await startMatrix(await install('linked'));
  }, 180_000);

  afterAll(() => matrix?.close());

  test.each([
    ['--import', 'agent.mjs', './policy.mjs'],
    ['-r', 'agent.cjs', './policy.cjs'],
  ])('an agent is seen and controlled with %s', async (flag, file, policy) => {
    const name = `linked-${file.slice(-3)}`;
    expectSeen(name, matrix, await runAs(name, matrix, [flag, '@flow/register', flag, policy, file]));
  });

  test('every package that Flow loads is found: console, gRPC, Prometheus, Zipkin, B3', async () => {
    const env = {
      OTEL_TRACES_EXPORTER: 'otlp,zipkin',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_PROPAGATORS: 'b3,b3multi,baggage',
      FLOW_EXIT_TIMEOUT_MS: '0',
    };
    const { stderr } = await runAs('linked-all', matrix, ['--import', '@flow/register', 'agent.mjs'], { env });
    expect(stderr).not.toMatch(/Cannot find|could not be started|MODULE_NOT_FOUND/);
  });
});
