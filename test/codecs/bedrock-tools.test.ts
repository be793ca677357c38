// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { AnnotatedRequest, AnnotatedTool } from '../../src/codecs/annotated.ts';
import { bedrockConverse } from '../../src/codecs/bedrock-converse.ts';

const grounding = { systemTool: { name: 'nova_grounding', more: 1 } };
const cachePoint = { cachePoint: { type: 'default' } };

/** `toolConfig` after an edit of a request that has these tools. */
function edit(
  change: (before: AnnotatedRequest) => Partial<AnnotatedRequest>,
  toolConfig: object = { tools: [grounding, cachePoint] },
): Record<string, unknown> {
  const content = { messages: [], toolConfig };
  const before = bedrockConverse.decodeRequest(content)!;
  return (bedrockConverse.encodeRequest({ ...before, ...change(before) }, content) as typeof content)
    .toolConfig as Record<string, unknown>;
}
const tools = (change: (before: readonly AnnotatedTool[]) => readonly AnnotatedTool[]): unknown =>
  edit(({ tools: before = [] }) => ({ tools: change(before) }))['tools'];

it('tools of the provider stay what they are, whatever an edit says about them', () => {
  expect(tools(([first, ...rest]) => [{ ...first!, description: 'edited' }, ...rest])).toEqual([grounding, cachePoint]);
  expect(tools(([first, second]) => [second!, first!])).toEqual([cachePoint, grounding]);
});

it('tools of the provider that an edit adds are written under their type, cache points without a name', () => {
  const added = [
    { type: 'cachePoint', name: 'cachePoint' },
    { type: 'systemTool', name: 'other' },
  ];
  expect(tools((before) => [...before, ...added])).toEqual([
    grounding,
    cachePoint,
    cachePoint,
    { systemTool: { name: 'other' } },
  ]);
});

it('a function that takes the name of a tool of the provider replaces it', () => {
  expect(tools(() => [{ type: 'function', name: 'nova_grounding' }])).toEqual([
    { toolSpec: { name: 'nova_grounding', inputSchema: { json: { type: 'object', properties: {} } } } },
  ]);
});

it('a function without a schema gets the one that an edit gives it', () => {
  const parameters = { type: 'object', required: ['q'] };
  const change = ({ tools: [first] = [] }: AnnotatedRequest): object => ({ tools: [{ ...first, parameters }] });
  expect(edit(change, { tools: [{ toolSpec: { name: 'f', strict: true } }] })).toEqual({
    tools: [{ toolSpec: { name: 'f', strict: true, inputSchema: { json: parameters } } }],
  });
});

it.each<[string, AnnotatedRequest['tool_choice'], object]>([
  ['auto', 'auto', { toolChoice: { auto: {} } }],
  ['required', 'required', { toolChoice: { any: {} } }],
  ['a function by its name', { type: 'function', function: { name: 'f' } }, { toolChoice: { tool: { name: 'f' } } }],
  ['none, which the API refuses rather than calling tools', 'none', { toolChoice: 'none' }],
  ['nothing', undefined, {}],
])('the choice of tools is written in the words of the API: %s', (_, choice, expected) => {
  const before = { tools: [grounding], toolChoice: { tool: { name: 'other' } } };
  expect(edit(() => ({ tool_choice: choice as never }), before)).toEqual({ tools: [grounding], ...expected });
});
