// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { asObject } from '../../support/model-server/json.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp } from './installed.ts';
import { startServer } from './server.ts';

type Line = readonly [format: string, what: string, outcome: unknown, asked: number];

interface Sent {
  readonly what: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const FORMATS = ['esm', 'cjs'] as const;
/** Of a stream that the first versions do not continue there is one less. */
const CALLS: unknown = VERSIONS === undefined ? undefined : expect.any(Number);
const vectorsOf = (outcome: unknown): readonly unknown[] =>
  (outcome as { values: unknown }[]).map(({ values }) => values);

describe.each(MAJORS)('policy over @google/genai %i', (major) => {
  let lines: readonly Line[];
  let sent: readonly Sent[];
  let ledger: unknown;
  beforeAll(async () => {
    const tree = makeApp(major);
    const server = await startServer();
    const { stdout } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'control-app.mjs'),
      programArgs: [server.url, String(major), ...FORMATS],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    const printed = stdout.trimEnd().split('\n');
    ledger = JSON.parse(printed.pop() ?? '');
    lines = printed.map((line) => JSON.parse(line) as Line);
    sent = server.requests.map(({ path, headers, body }) => {
      return { what: path.split('/')[1] ?? '', path, headers, body: asObject(body) };
    });
    await server.close();
    rmSync(tree, { recursive: true });
  }, 30_000);

  describe.each(FORMATS)('loaded as %s', (format) => {
    const pass = FORMATS.indexOf(format);
    const of = (what: string): Line => lines.find((line) => line[0] === format && line[1] === what) as Line;
    const outcome = (what: string): unknown => of(what)[2];
    const requests = (what: string): readonly Sent[] =>
      sent.filter((each) => each.what === `${pass}-${format}-${what.replaceAll(' ', '-')}`);
    const rejected = (reason: string) => ({
      thrown: 'GuardrailRejectedError',
      status: 403,
      message: `guardrail rejected: ${reason}`,
      flow: 'FLOW_GUARDRAIL_REJECTED',
      itself: true,
    });

    it.each(['rejected', 'rejected stream', 'rejected chat', 'rejected embedding', 'rejected with retries'])(
      '%s: the caller gets the rejection itself, asked for once, and nothing is sent',
      (what) => {
        expect(of(what).slice(2)).toEqual([rejected('not today'), 1]);
        expect(requests(what)).toEqual([]);
      },
    );

    // The first versions of each major do not continue a stream.
    it.runIf(major > 1 && VERSIONS !== 'oldest')(
      'the further request of a stream is not asked for again; the rejection is the cause of the error',
      () => {
        expect(of('continued').slice(2)).toEqual([{ ...rejected('no more'), thrown: 'ApiError', itself: false }, 2]);
        expect(requests('continued')).toHaveLength(1);
      },
    );

    it('refuses the call when a guardrail fails', () => {
      expect(outcome('broken guardrail')).toMatchObject({ flow: 'FLOW_GUARDRAIL_FAILED', itself: true });
      expect(requests('broken guardrail')).toEqual([]);
    });

    it('sends bodies and headers as intercepts left them', () => {
      const [{ headers, body }] = requests('rewritten') as [Sent];
      expect(body).toMatchObject({ generationConfig: { temperature: 0 } });
      expect([headers['x-policy'], headers['x-own'], headers['x-goog-api-key']]).toEqual(['on', undefined, 'k']);
    });

    it('asks the model that an intercept names, with the instructions that it gives', () => {
      const [{ path, body }] = requests('another model') as [Sent];
      expect(path).toMatch(/\/models\/gemini-3-pro:streamGenerateContent$/);
      expect(body).toMatchObject({ systemInstruction: { parts: [{ text: 'Be kind' }] } });
      expect(body).not.toHaveProperty('model');
    });

    it('embeds what an intercept wrote', () => {
      const [{ body }] = requests('embeddings rewritten') as [Sent];
      const content = { role: 'user', parts: [{ text: '***' }] };
      const request = { model: 'models/gemini-embedding-001', content };
      expect(body).toEqual({ requests: [request, request] });
      const [first, second] = vectorsOf(outcome('embeddings rewritten'));
      expect(first).toEqual(second);
    });

    it('gives the caller what an intercept returns, from one more try or from none', () => {
      expect(outcome('short circuit')).toBe('from the cache');
      expect(requests('short circuit')).toEqual([]);
      expect(JSON.parse(outcome('tried again') as string)).toEqual([
        [503, 'no'],
        [429, 'no'],
        [null, expect.stringContaining('fetch failed')],
      ]);
      expect(requests('tried again')).toHaveLength(4);
    });

    it('gives the caller the chunks of a stream as an intercept makes them, and closes it when the caller leaves', () => {
      expect(outcome('wrapped stream')).toEqual(['YOU', ' ASKED:', ' HI', ' HERE', ' IS', ' MY', ' ANSWER.']);
      expect(outcome('made up stream')).toEqual(['one', 'two']);
      expect(requests('made up stream')).toEqual([]);
      expect(outcome('left')).toBe(true);
    });

    const asked = (name: string, city = 'city') => ({ name, args: { city } });

    it('makes several calls of a tool one call, as the SDK does, unless something wraps each', () => {
      const both = [asked('weather'), asked('news')];
      expect(outcome('tools together')).toEqual(['The tools say: sunny in city; sunny in city.', [both]]);
      expect(outcome('one at a time')).toEqual([
        'The tools say: sunny in city; sunny in city.',
        both.map((each) => [each]),
      ]);
      // Two of models, two of tools.
      expect(of('tools together')[3]).toBe(4);
    });

    it('rejects a tool: the caller gets the rejection itself', () => {
      expect(of('a tool rejected').slice(2)).toEqual([rejected('no news'), 2]);
      expect(of('a tool rejected in a stream').slice(2)).toEqual([rejected('no news'), 2]);
      expect(of('one of two rejected').slice(2)).toEqual([rejected('no news'), 3]);
      expect(outcome('several tools')).toEqual(rejected('no news'));
      expect(outcome('a tool that knows only its own')).toEqual(rejected('no news'));
    });

    it('or the model is told, where the setting says so, and the tool is handed the other calls', () => {
      expect(outcome('one of two answered')).toEqual([
        'The tools say: sunny in city; The call was rejected: no news.',
        [[asked('weather')]],
      ]);
      const never = 'The call was rejected: never';
      expect(outcome('both answered')).toEqual([`The tools say: ${never}; ${never}.`, []]);
    });

    const responses = (what: string): readonly unknown[] => {
      const { body } = requests(what).at(-1) as Sent;
      const contents = body['contents'] as readonly { readonly parts: readonly { functionResponse: unknown }[] }[];
      return (contents.at(-1)?.parts ?? []).map(({ functionResponse }) => functionResponse);
    };

    it('answers each call in its place, by its id where it has one, when one of several of one tool is rejected', () => {
      const answered = (id: object, response: object) => ({ ...id, name: 'news', response });
      for (const [what, idOf] of [
        ['one of three', () => ({})],
        ['one of three with ids', (city: string) => ({ id: `call-${city}` })],
      ] as const) {
        const asks = (city: string) => ({ ...asked('news', city), ...idOf(city) });
        expect(outcome(what)).toEqual(['done', [[asks('Oslo'), asks('Paris')]]]);
        expect(responses(what)).toEqual([
          answered(idOf('Oslo'), { output: 'sunny in Oslo' }),
          answered(idOf('Rome'), { error: 'The call was rejected: not there' }),
          answered(idOf('Paris'), { output: 'sunny in Paris' }),
        ]);
      }
    });

    it('tells nothing of an intercept as a function that returns nothing, and a list as what it returns', () => {
      const answered = (response: object): readonly unknown[] => [{ name: 'news', response }];
      expect(responses('a tool replaced by nothing')).toEqual(answered({}));
      expect(responses('a tool replaced by null')).toEqual(answered({ output: null }));
      expect(responses('a tool replaced by a list')).toEqual(answered({ output: ['a', 'b'] }));
    });

    it('rewrites, replaces and repeats calls of tools', () => {
      expect(outcome('tools rewritten')).toEqual([
        'The tools say: sunny in city; sunny in Rome.',
        [[asked('weather'), asked('news', 'Rome')]],
      ]);
      expect(outcome('a tool replaced')).toEqual(['The tools say: sunny in city; none.', [[asked('weather')]]]);
      expect(outcome('a tool replaced by text')).toEqual(['The tools say: plain.', []]);
      expect(outcome('a tool twice')).toEqual([
        'The tools say: sunny in Bergen.',
        [[asked('news')], [asked('news', 'Bergen')]],
      ]);
    });
  });

  it('is in the ledger: a row for each copy, with its points and its calls', () => {
    const calls = CALLS ?? (major === 1 ? 45 : 47);
    const row = { name: '@google/genai', patched: ['ApiClient.apiCall', 'Models.generateContent'], missing: [], calls };
    expect(ledger).toEqual([row, row]);
  });
});
