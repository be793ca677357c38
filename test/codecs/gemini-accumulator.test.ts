// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { geminiGenerateContent } from '../../src/codecs/gemini-generate-content.ts';

function accumulate(chunks: readonly unknown[]): unknown {
  const accumulator = geminiGenerateContent.accumulator();
  for (const chunk of chunks) accumulator.push(chunk);
  const response = accumulator.response();
  expect(accumulator.response()).toEqual(response);
  return response;
}

function chunk(parts: readonly object[], rest: object = {}, top: object = {}): object {
  return { candidates: [{ content: { role: 'model', parts }, ...rest }], modelVersion: 'm', responseId: 'r', ...top };
}

it('joins texts and thoughts, keeps calls and signatures, and takes the last usage', () => {
  expect(
    accumulate([
      chunk([{ text: 'Let ', thought: true }], { index: 0 }, { usageMetadata: { promptTokenCount: 3 } }),
      chunk([{ text: 'me.', thought: true }]),
      chunk([{ text: 'It ' }, { text: 'is' }], { safetyRatings: [1] }),
      chunk([{ text: ' 7', thoughtSignature: 'c2ln' }]),
      chunk([{ text: '.' }]),
      chunk([
        { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'Zg==' },
        { functionCall: { name: 'g' } },
      ]),
      chunk([{ text: '' }]),
      chunk([{ inlineData: { mimeType: 'image/png', data: 'AQID' } }, { text: 'Done' }]),
      chunk([{ text: '', thoughtSignature: 'ZW5k' }], { finishReason: 'STOP', groundingMetadata: { x: 1 } }),
      { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 9, totalTokenCount: 12 }, sdkHttpResponse: {} },
    ]),
  ).toEqual({
    responseId: 'r',
    modelVersion: 'm',
    candidates: [
      {
        index: 0,
        content: {
          role: 'model',
          parts: [
            { text: 'Let me.', thought: true },
            { text: 'It is 7', thoughtSignature: 'c2ln' },
            { text: '.' },
            { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'Zg==' },
            { functionCall: { name: 'g' } },
            { inlineData: { mimeType: 'image/png', data: 'AQID' } },
            { text: 'Done', thoughtSignature: 'ZW5k' },
          ],
        },
        safetyRatings: [1],
        finishReason: 'STOP',
        groundingMetadata: { x: 1 },
      },
    ],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 9, totalTokenCount: 12 },
  });
});

it('keeps candidates apart by index', () => {
  const of = (index: number, text: string) => ({ index, content: { parts: [{ text }] } });
  expect(
    accumulate([{ candidates: [of(1, 'b')] }, { candidates: [of(0, 'a'), of(1, 'B')] }, { candidates: [of(0, 'A')] }]),
  ).toEqual({
    candidates: [
      { index: 0, content: { role: 'model', parts: [{ text: 'aA' }] } },
      { index: 1, content: { role: 'model', parts: [{ text: 'bB' }] } },
    ],
  });
});

it('puts the arguments of a call together that come value by value', () => {
  const piece = (call: object) => chunk([{ functionCall: call }]);
  expect(
    accumulate([
      piece({ name: 'f', id: 'c', willContinue: true }),
      piece({ partialArgs: [{ jsonPath: '$.city', stringValue: 'Ro', willContinue: true }], willContinue: true }),
      piece({ partialArgs: [{ jsonPath: '$.city', stringValue: 'me' }], willContinue: true }),
      piece({
        partialArgs: [
          { jsonPath: '$.days[0]', numberValue: 1 },
          { jsonPath: '$.days[1]', numberValue: 2 },
          { jsonPath: '$.days[99999999]', numberValue: 3 },
          { jsonPath: '$.deep["a b"].c', boolValue: false },
          { jsonPath: "$['none']", nullValue: 'NULL_VALUE' },
          { jsonPath: '$.__proto__.polluted', boolValue: true },
        ],
        willContinue: true,
      }),
      piece({}),
      piece({ name: 'g', args: {} }),
    ]),
  ).toMatchObject({
    candidates: [
      {
        content: {
          parts: [
            {
              functionCall: {
                name: 'f',
                id: 'c',
                args: { city: 'Rome', days: [1, 2], deep: { 'a b': { c: false } }, none: null },
              },
            },
            { functionCall: { name: 'g', args: {} } },
          ],
        },
      },
    ],
  });
  expect({}).not.toHaveProperty('polluted');
});

it('gives what came of a stream that was cut off or blocked, and nothing when no chunk was understood', () => {
  expect(accumulate([chunk([{ text: 'Hal' }])])).toMatchObject({
    candidates: [{ content: { parts: [{ text: 'Hal' }] } }],
  });
  const blocked = { promptFeedback: { blockReason: 'SAFETY' } };
  expect(accumulate([blocked])).toEqual(blocked);
  expect(geminiGenerateContent.decodeResponse(accumulate([blocked]))?.finish_reason).toBe('content_filter');
  expect(accumulate([undefined, 'x', {}, { error: { message: 'no' } }, { candidates: 3 }])).toBeUndefined();
});

it('does not depend on how a text is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (pieces) => {
      const response = accumulate(pieces.map((text) => chunk([{ text }])));
      expect(geminiGenerateContent.decodeResponse(response)?.message).toBe(pieces.join(''));
    }),
  );
});

it('ignores whatever is no chunk and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (chunks) => {
      accumulate(chunks);
      accumulate(chunks.map((content) => ({ candidates: [{ content }] })));
      accumulate(chunks.map((parts) => ({ candidates: [{ content: { parts: [parts] } }] })));
      accumulate(
        chunks.map((args) => chunk([{ functionCall: { name: 'f', willContinue: true, partialArgs: [args] } }])),
      );
    }),
  );
  const hostile = { get candidates(): never { throw new Error('no'); } }; // prettier-ignore
  expect(accumulate([hostile])).toBeUndefined();
});
