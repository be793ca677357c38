// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { HIDEABLE, type Hideable } from '../../src/projections/openinference-hide.ts';
import { readSettings } from '../../src/sdk/environment.ts';
import { openInferenceOf } from './openinference-published.ts';
import { startTracing, type Tracing } from './tracing.ts';

let tracing: Tracing;
afterEach(() => tracing.stop());

const hiding = (...parts: readonly Hideable[]): void => {
  tracing = startTracing({ dialects: ['openinference'] });
  getRuntime().internals.settings.openInferenceHides = new Set(parts);
};

async function chat(): Promise<Record<string, unknown>> {
  const content = [
    { type: 'text', text: 'the question' },
    { type: 'image_url', image_url: { url: 'https://image' } },
  ];
  const tools = [{ type: 'function', function: { name: 'find' } }];
  const request = { content: { model: 'gpt-5', temperature: 1, tools, messages: [{ role: 'user', content }] } };
  const message = { role: 'assistant', content: 'the answer' };
  const response = { id: 'c', model: 'gpt-5', choices: [{ index: 0, finish_reason: 'stop', message }] };
  await flow.llm.execute({ name: 'openai', request }, () => response);
  return openInferenceOf(tracing.take()[0] as never);
}

const PART = 'llm.input_messages.0.message.contents';
const [ASKED, SHOWN] = [`${PART}.0.message_content.text`, `${PART}.1.message_content.image.image.url`];
const OFFERED = 'llm.tools.0.tool.json_schema';
const SAID = 'llm.output_messages.0.message.content';
const everything = {
  'input.value': 'user: the question',
  'output.value': 'the answer',
  [ASKED]: 'the question',
  [SHOWN]: 'https://image',
  [SAID]: 'the answer',
  [OFFERED]: '{"type":"function","function":{"name":"find"}}',
  'llm.invocation_parameters': '{"temperature":1}',
};
const masked = '__REDACTED__';

describe('of the content of OpenInference spans,', () => {
  it('nothing is hidden by default', async () => {
    hiding();
    expect(await chat()).toMatchObject(everything);
  });

  it.each<[Hideable, object, readonly string[]]>([
    ['INPUTS', { 'input.value': masked }, [ASKED, SHOWN, OFFERED, 'input.mime_type']],
    ['OUTPUTS', { 'output.value': masked }, [SAID, 'output.mime_type']],
    ['INPUT_MESSAGES', {}, [ASKED, SHOWN]],
    ['OUTPUT_MESSAGES', {}, [SAID]],
    ['INPUT_IMAGES', { [SHOWN]: masked }, []],
    ['INPUT_TEXT', { [ASKED]: masked }, []],
    ['OUTPUT_TEXT', { [SAID]: masked }, []],
    ['LLM_INVOCATION_PARAMETERS', { 'llm.invocation_parameters': masked }, []],
  ])('%s and nothing else are hidden where that is asked for', async (part, changed, gone) => {
    hiding(part);
    const recorded = await chat();
    const left = Object.entries({ ...everything, ...changed }).filter(([name]) => !gone.includes(name));
    expect(recorded).toMatchObject(Object.fromEntries(left));
    for (const name of gone) expect(recorded).not.toHaveProperty([name]);
  });

  it('inputs and outputs are hidden under every name', async () => {
    hiding('INPUTS', 'OUTPUTS');
    await flow.tool.execute({ name: 'find', args: { q: 'went in' } }, () => 'came out');
    flow.scope.start('r', { type: 'retriever', input: 'went in' }).end({ output: ['came out'] });
    const documents = { query: 'went in', documents: ['went in'] };
    flow.scope.start('r', { type: 'reranker', input: documents }).end({ output: ['came out'] });
    flow.scope.start('e', { type: 'embedder', input: 'went in' }).end();
    const recorded = JSON.stringify(tracing.take().map(({ attributes }) => attributes));
    expect(recorded).not.toMatch(/went in|came out/);
  });

  it.each([
    ['as long as the limit', 48, 'data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['one longer', 47, masked],
    ['at a limit of none', 0, masked],
  ])('an image is left out where it is longer than the limit: %s', async (_, limit, expected) => {
    hiding();
    getRuntime().internals.settings.openInferenceImageLength = limit;
    const url = 'data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAA';
    const image = (from: string): object => ({ type: 'image_url', image_url: { url: from } });
    const elsewhere = `https://images/${'a'.repeat(100)}`;
    const messages = [{ role: 'user', content: [image(url), image(elsewhere)] }];
    await flow.llm.execute({ name: 'openai', request: { content: { model: 'gpt-5', messages } } }, () => null);
    const recorded = openInferenceOf(tracing.take()[0] as never);
    expect(recorded[`${PART}.0.message_content.image.image.url`]).toBe(expected);
    expect(recorded[SHOWN]).toBe(elsewhere);
  });

  it('OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH sets that limit', () => {
    tracing = startTracing();
    expect(readSettings({}).openInferenceImageLength).toBe(32_000);
    expect(readSettings({ OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH: '0' }).openInferenceImageLength).toBe(0);
  });

  it.each(HIDEABLE)('OPENINFERENCE_HIDE_%s hides', (part) => {
    tracing = startTracing();
    expect(readSettings({}).openInferenceHides).toEqual([]);
    expect(readSettings({ [`OPENINFERENCE_HIDE_${part}`]: 'True' })).toMatchObject({
      openInferenceHides: [part],
      warnings: [],
    });
  });
});
