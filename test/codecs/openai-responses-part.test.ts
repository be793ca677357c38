// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { openaiResponses } from '../../src/codecs/index.ts';

function edit<Request extends object>(
  content: Request,
  change: (decoded: AnnotatedRequest) => Partial<AnnotatedRequest>,
): Request {
  const decoded = openaiResponses.decodeRequest(content)!;
  return openaiResponses.encodeRequest({ ...decoded, ...change(structuredClone(decoded)) }, content) as Request;
}

const text = { type: 'text', text: 'more' };

it.each([
  ['user', 'input_text'],
  ['system', 'input_text'],
  ['developer', 'input_text'],
  ['assistant', 'output_text'],
])('a text part that an edit brings is one of this surface: in a message of %s it is %s', (role, type) => {
  const message = { role, content: [text, 'plain'] };
  expect(edit({ input: 'hi' }, ({ messages }) => ({ messages: [...messages, message] })).input).toEqual([
    { role: 'user', content: 'hi' },
    {
      role,
      content: [
        { type, text: 'more' },
        { type, text: 'plain' },
      ],
    },
  ]);
});

it('pictures and files in the form of Chat become those of this surface', () => {
  const content = [
    { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
    { type: 'image_url', image_url: 'https://x/z.png' },
    { type: 'file', file: { file_id: 'f' } },
    { type: 'input_image', image_url: 'https://x/a.png' },
    { type: 'image_url' },
  ];
  expect(edit({ input: [] }, () => ({ messages: [{ role: 'user', content }] })).input).toEqual([
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url: 'https://x/y.png', detail: 'low' },
        { type: 'input_image', image_url: 'https://x/z.png' },
        { type: 'input_file', file_id: 'f' },
        ...content.slice(3),
      ],
    },
  ]);
});

it('a part that is added to a message or a result is translated, and those beside it stay as they are', () => {
  const said = { role: 'user', content: [{ type: 'input_text', text: 'a', x: 1 }] };
  const result = { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'r' }], id: 'o' };
  const { input } = edit({ input: [said, result] }, ({ messages }) => ({
    messages: messages.map((message) => ({ ...message, content: [...(message.content as object[]), text] as never })),
  }));
  expect(input).toEqual([
    { ...said, content: [...said.content, { type: 'input_text', text: 'more' }] },
    { ...result, output: [...result.output, { type: 'input_text', text: 'more' }] },
  ]);
});

it('a server that takes other parts goes on to get them', () => {
  const said = { role: 'user', content: [{ type: 'text', text: 'a' }] };
  const { input } = edit({ input: [said] }, () => ({ messages: [{ role: 'user', content: [text] }] }));
  expect(input).toEqual([{ role: 'user', content: [text] }]);
});

it('shows the choice of a tool as the other surfaces do, and writes it flat', () => {
  const named = (name: string) => ({ type: 'function', function: { name } });
  const content = { input: 'hi', tool_choice: { type: 'function', name: 'f', x: 1 } };
  expect(openaiResponses.decodeRequest(content)?.tool_choice).toEqual(named('f'));
  expect(edit(content, () => ({ tool_choice: named('f') }))).toBe(content);
  expect(edit(content, () => ({ tool_choice: named('g') })).tool_choice).toEqual({ type: 'function', name: 'g', x: 1 });
  expect(edit({ input: 'hi' }, () => ({ tool_choice: named('g') }))).toEqual({
    input: 'hi',
    tool_choice: { type: 'function', name: 'g' },
  });
  expect(edit(content, () => ({ tool_choice: { type: 'custom', custom: { name: 'g' } } })).tool_choice).toEqual({
    type: 'custom',
    name: 'g',
  });
  for (const other of ['auto', { type: 'web_search' }, { type: 'mcp', server_label: 's', name: 'n' }]) {
    expect(openaiResponses.decodeRequest({ input: 'hi', tool_choice: other })?.tool_choice).toEqual(other);
    expect(edit(content, () => ({ tool_choice: other })).tool_choice).toEqual(other);
  }
});
