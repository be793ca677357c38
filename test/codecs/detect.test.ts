// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { detectRequest, detectResponse } from '../../src/codecs/index.ts';

it.each([
  [{ model: 'm', messages: [] }, 'openai_chat'],
  [{ model: 'm', input: 'Hi' }, 'openai_responses'],
  [{ model: 'm', input: [{ role: 'user', content: 'Hi' }] }, 'openai_responses'],
  [{ model: 'm', input: 'Hi', instructions: 'Be brief.' }, 'openai_responses'],
  [{ model: 'text-embedding-3-small', input: 'Hi' }, 'openai_embeddings'],
  [{ model: 'm', input: ['a', 'b'] }, 'openai_embeddings'],
  [{ model: 'm', input: [1, 2] }, 'openai_embeddings'],
  [{ model: 'm', input: 'Hi', encoding_format: 'base64' }, 'openai_embeddings'],
  [{ model: 'claude', messages: [], system: 'Be brief.', max_tokens: 1 }, undefined],
  [{ model: 'claude', messages: [], tools: [{ name: 't', input_schema: {} }] }, undefined],
  [{ contents: [] }, undefined],
  [{ prompt: 'legacy' }, undefined],
  ['x', undefined],
])('the request %j is of %s', (content, id) => {
  expect(detectRequest(content)?.id).toBe(id);
});

it.each([
  [{ choices: [{ message: { content: 'x' } }] }, 'openai_chat'],
  [{ output: [] }, 'openai_responses'],
  [{ data: [{ embedding: [] }] }, 'openai_embeddings'],
  [{ content: [{ type: 'text' }] }, undefined],
  [null, undefined],
])('the response %j is of %s', (response, id) => {
  expect(detectResponse(response)?.id).toBe(id);
});

it('never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      expect(() => [detectRequest(anything), detectResponse(anything)]).not.toThrow();
    }),
  );
});
