// SPDX-License-Identifier: Apache-2.0
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AtofEvent, type OptimizationContribution, flow } from '../../src/api/index.ts';
import { startTracing } from '../projections/tracing.ts';
import { recordEvents } from '../support/setups/record-events.ts';

const forThisTest = ({ remove }: { remove(): unknown }): void => onTestFinished(() => void remove());
const request = { content: { model: 'big', messages: [{ role: 'user', content: 'hi' }] } };
const response = {
  id: 'r',
  model: 'small-1',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'ho' } }],
  usage: { prompt_tokens: 30, completion_tokens: 5, total_tokens: 35 },
};
const call = (answer: unknown = response): Promise<unknown> =>
  flow.llm.execute({ name: 'openai', request }, () => answer);
const contribute = (...contributions: unknown[]): void =>
  forThisTest(
    flow.llm.addRequestIntercept('optimizer', (it) => {
      for (const each of contributions) it.contribute(each as OptimizationContribution);
    }),
  );
const summaryOf = (events: readonly AtofEvent[]): unknown => events.at(-1)?.category_profile?.['optimization_summary'];

const compression: OptimizationContribution = {
  producer: 'squeeze',
  kind: 'input_compression',
  applied: true,
  token_impact: { saved: { input_tokens: 70, total_tokens: 70 }, quality: 'estimated', estimation_method: 'words' },
};
const routing: OptimizationContribution = {
  producer: 'router',
  kind: 'model_routing',
  applied: true,
  model_transition: { baseline: { model: 'big', provider: 'openai' }, effective: { model: 'small' } },
};

describe('a contribution', () => {
  test('is a mark under the call, after its start and in order', async () => {
    const events = recordEvents();
    contribute({ ...compression, id: 'mine', sequence: 9, further: { kept: true } }, routing);
    await call();
    const [start, first, second, end] = await events.all();
    expect(first).toMatchObject({
      name: 'flow.llm.optimization',
      parent_uuid: start?.uuid,
      category: 'custom',
      category_profile: { subtype: 'flow.llm.optimization' },
      data_schema: { name: 'flow.llm_optimization_contribution', version: '1' },
      data: { ...compression, further: { kept: true }, sequence: 1 },
    });
    expect(second?.data).toMatchObject({ ...routing, sequence: 2 });
    const ids = [first, second].map((mark) => (mark?.data as { id: string } | undefined)?.id);
    expect(new Set([...ids, 'mine', undefined]).size).toBe(4);
    expect(end?.name).toBe('openai');
  });

  test('counts on from those of the request when it comes from an execution intercept or from a stream', async () => {
    const events = recordEvents();
    contribute(compression);
    forThisTest(
      flow.llm.addStreamExecutionIntercept('late', (it, next) => {
        it.contribute(routing);
        return next();
      }),
    );
    const chunks = await flow.llm.stream({ name: 'openai', request, finalizer: () => response }, async function* () {
      yield 1;
    });
    for await (const _ of chunks);
    const marks = await events.named('flow.llm.optimization');
    expect(marks.map(({ data }) => (data as { sequence: number }).sequence)).toEqual([1, 2]);
    expect(summaryOf(await events.all())).toMatchObject({ contributions: 2, applied: 2 });
  });

  test('is dropped with a call that is refused', async () => {
    const events = recordEvents();
    contribute(compression);
    forThisTest(flow.llm.addRequestIntercept('fails', () => Promise.reject(new Error('no')), { priority: 1 }));
    await expect(call()).rejects.toMatchObject({ code: 'FLOW_INTERCEPT_FAILED' });
    expect(await events.all()).toEqual([]);
  });

  test('is the first hundred of a call: more are reported', async () => {
    const events = recordEvents();
    const reported: string[] = [];
    onTestFinished(flow.onDiagnostic(({ source, error }) => void reported.push(`${source}: ${String(error)}`)));
    contribute(...Array.from({ length: 101 }, () => routing));
    await call();
    expect(await events.named('flow.llm.optimization')).toHaveLength(100);
    expect(reported).toEqual(['optimization: Error: too many contributions: one was dropped']);
  });

  test('to a tool call is an error', async () => {
    forThisTest(flow.tool.addRequestIntercept('wrong', (it) => it.contribute(routing)));
    await expect(flow.tool.execute({ name: 't', args: 1 }, () => 2)).rejects.toMatchObject({
      code: 'FLOW_INTERCEPT_FAILED',
      message: expect.stringContaining('only a call of kind llm takes one'),
    });
  });

  test.each([
    ['must be an object', 5],
    ['must be an object', undefined],
    ['producer: the name must be a non-empty string', { ...routing, producer: '' }],
    ['kind: the name must be a non-empty string', { ...routing, kind: 7 }],
    ['applied must be true or false', { producer: 'p', kind: 'k' }],
    ['token_impact must be an object', { ...routing, token_impact: 5 }],
    ['token_impact.saved must be an object', { ...routing, token_impact: { saved: [1] } }],
    ['token_impact.baseline knows input_tokens', { ...routing, token_impact: { baseline: { prompt_tokens: 1 } } }],
    [
      'token_impact.effective.output_tokens must be',
      { ...routing, token_impact: { effective: { output_tokens: -1 } } },
    ],
    ['token_impact.quality must be', { ...routing, token_impact: { quality: 'guessed' } }],
    ['model_transition.baseline must be an object', { ...routing, model_transition: { baseline: 'big' } }],
    ['model_transition.effective.model: the name', { ...routing, model_transition: { effective: {} } }],
    ['a payload needs a payload_schema', { ...routing, payload: 1 }],
    ['a payload needs a payload_schema', { ...routing, payload_schema: { name: 'n' } }],
  ])('that is wrong says so: %s', async (message, wrong) => {
    let thrown: unknown;
    forThisTest(
      flow.llm.addRequestIntercept('wrong', (it) => {
        try {
          it.contribute(wrong as never);
        } catch (error) {
          thrown = error;
        }
      }),
    );
    await call();
    expect(thrown).toMatchObject({ code: 'FLOW_INVALID_ARGUMENT', message: expect.stringContaining(message) });
    expect(String(thrown)).toContain("contribution to llm call 'openai'");
  });
});

describe('the summary on the end of a call', () => {
  const summary = async (given: readonly unknown[], answer?: unknown): Promise<unknown> => {
    const events = recordEvents();
    contribute(...given);
    await call(answer);
    return summaryOf(await events.all());
  };

  test('says what was saved, and what the call would have come to', async () => {
    expect(await summary([compression, routing, { ...compression, applied: false }])).toEqual({
      status: 'complete',
      contributions: 3,
      applied: 2,
      baseline_model: 'big',
      effective_model: 'small-1',
      tokens_saved: { input_tokens: 70, total_tokens: 70 },
      baseline_usage: { input_tokens: 100, total_tokens: 105 },
    });
  });

  test('takes the difference where nobody names what was saved, and adds up', async () => {
    const told = (baseline: number, effective: number): unknown => ({
      ...compression,
      token_impact: { baseline: { input_tokens: baseline, output_tokens: 1 }, effective: { input_tokens: effective } },
    });
    expect(await summary([told(100, 60), told(60, 30)])).toMatchObject({
      status: 'complete',
      tokens_saved: { input_tokens: 70 },
      baseline_usage: { input_tokens: 100 },
    });
  });

  test('is partial where something is missing, and says what', async () => {
    const bare = { producer: 'p', applied: true };
    expect(
      await summary(
        [
          { ...bare, kind: 'input_compression' },
          { ...bare, kind: 'model_routing' },
        ],
        'text',
      ),
    ).toEqual({
      status: 'partial',
      limitations: ['missing_token_impact', 'missing_baseline_model', 'missing_effective_model'],
      contributions: 2,
      applied: 2,
      tokens_saved: {},
    });
  });

  test('is partial where tokens were saved and nobody knows how many were used', async () => {
    expect(await summary([compression], 'text')).toMatchObject({ status: 'partial', limitations: ['missing_usage'] });
  });

  test('is not there without contributions', async () => {
    expect(await summary([])).toBeUndefined();
  });

  test('holds no payload, so that none is on spans where content is off', async () => {
    const tracing = startTracing({ content: false });
    onTestFinished(tracing.stop);
    const payload = { payload: 'secret', payload_schema: { name: 'n', version: '1' } };
    contribute({ ...compression, ...payload });
    await call();
    const spans = tracing.take();
    expect(JSON.stringify(spans.map(({ events }) => events))).toContain('optimization_summary');
    expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toContain('secret');
  });
});
