// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { geminiGenerateContent } from '../../src/codecs/gemini-generate-content.ts';

function edit(content: object, change: (before: AnnotatedRequest) => object): unknown {
  const before = geminiGenerateContent.decodeRequest(content)!;
  return geminiGenerateContent.encodeRequest({ ...before, ...change(before) }, content);
}

describe('an edit of the choice of tools', () => {
  const choose = (toolConfig: unknown, tool_choice: unknown): unknown =>
    edit({ contents: [], generationConfig: {}, toolConfig }, () => ({ tool_choice }));
  const chosen = (functionCallingConfig: object, rest: object = {}): object => ({
    contents: [],
    generationConfig: {},
    toolConfig: { ...rest, functionCallingConfig },
  });

  it('takes the whole field away where nothing else is in it', () => {
    const calling = { functionCallingConfig: { mode: 'ANY' } };
    expect(choose(calling, undefined)).toEqual({ contents: [], generationConfig: {} });
    const other = { retrievalConfig: { languageCode: 'en' } };
    expect(choose({ ...calling, ...other }, undefined)).toEqual({
      contents: [],
      generationConfig: {},
      toolConfig: other,
    });
  });

  it('writes it where there was none, or something else', () => {
    const one = { type: 'function', function: { name: 'f' } };
    expect(choose(undefined, one)).toEqual(chosen({ mode: 'ANY', allowedFunctionNames: ['f'] }));
    expect(choose('broken', 'auto')).toEqual(chosen({ mode: 'AUTO' }));
    expect(choose({ functionCallingConfig: 'broken', more: 1 }, 'none')).toEqual(chosen({ mode: 'NONE' }, { more: 1 }));
  });

  it('keeps what stands beside the mode, and a choice that only Gemini has as it is', () => {
    const own = { mode: 'VALIDATED', allowedFunctionNames: ['a', 'b'] };
    expect(choose({ functionCallingConfig: { mode: 'AUTO', more: 1 } }, 'required')).toEqual(
      chosen({ mode: 'ANY', more: 1 }),
    );
    expect(choose(undefined, own)).toEqual(chosen(own));
  });
});

it('tools of the provider stay what they are when an edit says more about them, and new ones join them', () => {
  const content = { contents: [], generationConfig: {}, tools: [{ googleSearch: { own: 1 } }] };
  expect(
    edit(content, ({ tools: [first] = [] }) => ({
      tools: [
        { ...first, description: 'edited' },
        { type: 'codeExecution', name: 'codeExecution' },
      ],
    })),
  ).toEqual({ ...content, tools: [{ googleSearch: { own: 1 } }, { codeExecution: {} }] });
});

it('arguments that come in pieces are put at their paths, whatever the quotes; pieces without a place or a value add nothing', () => {
  const accumulator = geminiGenerateContent.accumulator();
  const push = (functionCall: object): void =>
    accumulator.push({ candidates: [{ index: 0, content: { role: 'model', parts: [{ functionCall }] } }] });
  push({ name: 'f', args: { a: 1 }, willContinue: true });
  push({
    partialArgs: [
      { jsonPath: '$.b', stringValue: 'x' },
      { jsonPath: "$['c d']", boolValue: true },
      { jsonPath: '$["e"]', nullValue: 'NULL_VALUE' },
      { jsonPath: '$.f', stringValue: {} },
      { stringValue: 'nowhere' },
    ],
  });
  expect(geminiGenerateContent.decodeResponse(accumulator.response())?.tool_calls).toEqual([
    { id: '', name: 'f', arguments: { a: 1, b: 'x', 'c d': true, e: null } },
  ]);
});
