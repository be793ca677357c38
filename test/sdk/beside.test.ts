// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import { ROOT } from '../support/run.ts';
import { OTHER_SDKS, TWO_LINES, runBeside } from './fixtures/beside-app.ts';

const CODE = `
  flow.tool.addConditionalExecution('rule', ({ name }) => (name === 'bad' ? 'not allowed' : undefined));
  await flow.tool.execute({ name: 'bad', args: {} }, () => 1).catch(({ message }) => console.log(message));
  await flow.scope.run('ours', () => api.trace.getTracer('app').startActiveSpan('its own', (span) => span.end()));
  await globalThis.finish?.();
  console.log(got.join());`;

let collector: Collector;
beforeAll(async () => void (collector = await startCollector()));
afterAll(() => collector.close());

const OLDER = Object.keys(OTHER_SDKS).filter((who) => OTHER_SDKS[who]!.older);
const NEWER = Object.keys(OTHER_SDKS).filter((who) => !OTHER_SDKS[who]!.older);

interface Outcome {
  readonly ran: { readonly code: number | null; readonly refused: string | undefined };
  /** Names of spans that reached the other SDK, and Flow's exporter. */
  readonly theirs: readonly string[];
  readonly flows: readonly string[];
  readonly warnings: readonly string[];
}

async function observe(
  who: string,
  when: 'before' | 'after',
  mode: 'register' | 'hooks',
  first = '',
): Promise<Outcome> {
  const seen = collector.spans.length;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const sdk = OTHER_SDKS[who]!;
  const setUp = first + sdk.setUp;
  const { code, stdout, stderr } = await runBeside({ ...sdk, setUp, when, mode, code: CODE, env });
  const [refused, theirs = ''] = stdout.trimEnd().split('\n');
  return {
    ran: { code, refused },
    theirs: theirs.split(',').filter(Boolean).toSorted(),
    flows: collector.spans.slice(seen).map(({ name }) => name),
    warnings: stderr.split('\n').filter(Boolean),
  };
}

const ran = { code: 0, refused: 'guardrail rejected: not allowed' };
const all = ['its own', 'mark:bad', 'ours', 'rule'];

describe('an application that sets up an SDK of its own after Flow, which is the SDK', () => {
  it.each(Object.keys(OTHER_SDKS))('gives its spans to Flow, and one warning names %s with the fix', async (who) => {
    const { name, older, fix } = OTHER_SDKS[who]!;
    const outcome = await observe(who, 'after', 'register');
    expect(outcome).toMatchObject({ ran, theirs: [] });
    expect(outcome.flows).toEqual(expect.arrayContaining(all));
    const [, named = '', rest = ''] =
      /^flow: (.+?) registered (a tracer provider.*)$/.exec(outcome.warnings.join('\n')) ?? [];
    expect(named).toMatch(name);
    expect(rest.includes('from API 1.9.1 to OpenTelemetry JS 3.x')).toBe(older);
    for (const line of fix) expect(rest).toContain(line);
  });
});

describe('an application that takes out what Flow has registered, and sets up an SDK of its own', () => {
  const disable = `for (const part of ['context', 'logs', 'metrics', 'propagation', 'trace']) load('@opentelemetry/api')[part].disable();`;
  it.each(NEWER.filter((who) => who !== 'Sentry'))(
    'has all spans in it, and one warning with the fix (%s)',
    async (who) => {
      const { name, fix } = OTHER_SDKS[who]!;
      const outcome = await observe(who, 'after', 'register', disable);
      expect(outcome).toMatchObject({ ran, theirs: all, flows: [], warnings: [expect.anything()] });
      const [, named = '', rest = ''] =
        /^flow: (.+?) took out what Flow had registered and registered a tracer provider(.*)$/.exec(
          outcome.warnings[0] ?? '',
        ) ?? [];
      expect(named).toMatch(name);
      for (const line of fix) expect(rest).toContain(line);
    },
  );

  it('is not told when it registers none', async () => {
    const { stderr } = await runBeside({ cwd: ROOT, setUp: disable, when: 'after', code: '' });
    expect(stderr).toBe('');
  });
});

describe('an application whose SDK is there before Flow', () => {
  it.each(NEWER)('has Flow attach to it, and one warning with the fix (%s)', async (who) => {
    const { provider, fix } = OTHER_SDKS[who]!;
    const outcome = await observe(who, 'before', 'register');
    expect(outcome).toMatchObject({ ran, theirs: all, flows: [], warnings: [expect.anything()] });
    for (const line of [`another OpenTelemetry SDK (${provider}) is registered`, ...fix])
      expect(outcome.warnings[0]).toContain(line);
  });
});

describe('an application with an SDK of its own and @flow/register/hooks', () => {
  it.each(NEWER.flatMap((who) => [[who, 'before'] as const, [who, 'after'] as const]))(
    'has all spans in it, without a word (%s, set up %s Flow)',
    async (who, when) => {
      expect(await observe(who, when, 'hooks')).toEqual({ ran, theirs: all, flows: [], warnings: [] });
    },
  );
});

describe('an application whose SDK has an older API', () => {
  const orders = OLDER.flatMap((who) => [
    [who, 'before', 'register'] as const,
    [who, 'before', 'hooks'] as const,
    [who, 'after', 'hooks'] as const,
  ]);
  it.each(orders)(
    'keeps its own spans and has policy, and one warning tells the rest (%s, %s @flow/%s)',
    async (who, when, mode) => {
      const outcome = await observe(who, when, mode);
      expect(outcome).toMatchObject({ ran, theirs: ['its own'], flows: [], warnings: [expect.anything()] });
      const owner = "@opentelemetry/api 1.9.1 owns the globals, so Flow's spans are lost";
      for (const line of [owner, ...TWO_LINES]) expect(outcome.warnings[0]).toContain(line);
    },
  );
});

describe('an application with Sentry as it comes', () => {
  it('has Flow beside it without a word, and comes to its end', async () => {
    const { cwd } = OTHER_SDKS.Sentry!;
    const setUp = `load('@sentry/node').init({ dsn: 'http://key@127.0.0.1:9/1', integrations: [load('@sentry/node').openTelemetryIntegration()] });`;
    const seen = collector.spans.length;
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const { code, stderr } = await runBeside({ cwd, setUp, when: 'after', code: CODE, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(collector.spans.slice(seen).map(({ name }) => name)).toEqual(expect.arrayContaining(['ours', 'its own']));
  });
});
