// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { geminiGenerateContent } from '../../src/codecs/index.ts';

const request = {
  model: 'gemini-3-pro',
  contents: [
    { role: 'user', parts: [{ text: 'Hi' }, { inline_data: { mime_type: 'image/png', data: 'AA==' } }] },
    { role: 'model', parts: [{ function_call: { id: 'c', name: 'f', args: { top_p: 1 } }, thought_signature: 's' }] },
    { role: 'user', parts: [{ function_response: { id: 'c', name: 'f', response: { function_call: 1 } } }] },
  ],
  system_instruction: { parts: [{ text: 'Be brief.' }] },
  generation_config: { temperature: 0.1, max_output_tokens: 9, thinking_config: { thinking_level: 'low' } },
  tools: [{ function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object' } }] }],
  tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
};

const decode = (content: unknown): AnnotatedRequest => geminiGenerateContent.decodeRequest(content)!;

function edit(content: unknown, change: (decoded: AnnotatedRequest) => AnnotatedRequest): unknown {
  return geminiGenerateContent.encodeRequest(change(structuredClone(decode(content))), content);
}

it('reads a request in snake_case as it reads one in camelCase, and leaves what functions get and give alone', () => {
  const decoded = decode(request);
  expect(decoded).toMatchObject({
    instructions: 'Be brief.',
    params: { temperature: 0.1, max_tokens: 9, reasoning_effort: 'low' },
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
  });
  expect(decoded.messages.slice(1)).toEqual([
    { role: 'assistant', tool_calls: [{ id: 'c', name: 'f', arguments: { top_p: 1 } }] },
    { role: 'tool', tool_call_id: 'c', name: 'f', content: { function_call: 1 } },
  ]);
  expect(geminiGenerateContent.describe?.(request)).toEqual({ model: 'gemini-3-pro', params: decoded.params });
});

it('writes edits in the spelling that the request has, and gives what they left alone as it came', () => {
  expect(edit(request, (decoded) => decoded)).toBe(request);
  const edited = edit(request, (decoded) => ({
    ...decoded,
    instructions: 'Be kind.',
    params: { ...decoded.params, temperature: 0, top_p: 0.5 },
    messages: [...decoded.messages, { role: 'assistant', tool_calls: [{ id: 'd', name: 'f', arguments: {} }] }],
  })) as typeof request;
  expect(edited).toEqual({
    ...request,
    system_instruction: { parts: [{ text: 'Be kind.' }] },
    generation_config: { ...request.generation_config, temperature: 0, top_p: 0.5 },
    contents: [...request.contents, { role: 'model', parts: [{ function_call: { id: 'd', name: 'f', args: {} } }] }],
  });
  for (const [index, turn] of request.contents.entries()) expect(edited.contents[index]).toBe(turn);
  expect(edited.tools).toBe(request.tools);
});

it('keeps a part and its signature where a call in snake_case is edited', () => {
  const edited = edit(request, (decoded) => ({
    ...decoded,
    messages: decoded.messages.with(1, { role: 'assistant', tool_calls: [{ id: 'c', name: 'f', arguments: {} }] }),
  })) as typeof request;
  expect(edited.contents[1]).toEqual({
    role: 'model',
    parts: [{ function_call: { id: 'c', name: 'f', args: {} }, thought_signature: 's' }],
  });
});

it('keeps both spellings where a request has both', () => {
  const mixed = { contents: request.contents, systemInstruction: 'A', generation_config: { topP: 1, top_k: 2 } };
  const edited = edit(mixed, (decoded) => ({ ...decoded, instructions: 'B', params: { top_p: 0.5, top_k: 3 } }));
  expect(edited).toEqual({ ...mixed, systemInstruction: 'B', generation_config: { topP: 0.5, top_k: 3 } });
});
