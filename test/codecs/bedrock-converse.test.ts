// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedMessage, AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { bedrockConverse } from '../../src/codecs/bedrock-converse.ts';
import { converseRequest } from './fixtures/bedrock-requests.ts';

function decode(content: unknown): AnnotatedRequest {
  const decoded = bedrockConverse.decodeRequest(content);
  if (!decoded) throw new Error('not a Converse request');
  return decoded;
}

function edit(content: unknown, change: Partial<AnnotatedRequest>): unknown {
  return bedrockConverse.encodeRequest({ ...structuredClone(decode(content)), ...change }, content);
}

const bytes = new Uint8Array([1, 2, 3]);
const request = {
  modelId: 'anthropic.claude-sonnet-4-5',
  system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }, { text: 'Be kind.' }],
  messages: [
    { role: 'user', content: [{ text: 'Hi' }] },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'I think.', signature: 'c2ln' } } },
        { text: 'Adding.' },
        { toolUse: { toolUseId: 't1', name: 'add', input: { a: 1 } } },
        { toolUse: { toolUseId: 't2', name: 'now', input: {} } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 't1', content: [{ text: '2' }], status: 'success' } },
        { toolResult: { toolUseId: 't2', content: [{ json: { hour: 12 } }, { text: 'noon' }] } },
        { text: 'And this:' },
        { image: { format: 'png', source: { bytes } } },
        { cachePoint: { type: 'default' } },
      ],
    },
  ],
  toolConfig: {
    tools: [
      { toolSpec: { name: 'add', description: 'Adds.', inputSchema: { json: { type: 'object' } }, strict: true } },
      { systemTool: { name: 'nova_grounding' } },
      { cachePoint: { type: 'default' } },
    ],
    toolChoice: { any: {} },
  },
  inferenceConfig: { temperature: 0.5, topP: 0.9, maxTokens: 70, stopSequences: ['END'] },
  additionalModelRequestFields: { top_k: 40, thinking: { type: 'enabled' } },
  guardrailConfig: { guardrailIdentifier: 'g' },
};

const hello = { text: 'Hello' };
/** One object at two places, as a constant of the application is. */
const sameTextTwice = {
  modelId: 'm',
  messages: [
    { role: 'user', content: [hello, { reasoningContent: { reasoningText: { text: '', signature: '' } } }, hello] },
  ],
};

describe('decoding a Converse request', () => {
  it('reads messages, system text, tools and settings', () => {
    expect(decode(request)).toEqual({
      model: 'anthropic.claude-sonnet-4-5',
      instructions: 'Be brief.\nBe kind.',
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: 'Adding.',
          reasoning: 'I think.',
          tool_calls: [
            { id: 't1', name: 'add', arguments: { a: 1 } },
            { id: 't2', name: 'now', arguments: {} },
          ],
        },
        { role: 'tool', tool_call_id: 't1', content: '2' },
        { role: 'tool', tool_call_id: 't2', content: [{ json: { hour: 12 } }, { type: 'text', text: 'noon' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And this:' },
            { image: { format: 'png', source: { bytes } } },
            { cachePoint: { type: 'default' } },
          ],
        },
      ],
      tools: [
        { type: 'function', name: 'add', description: 'Adds.', parameters: { type: 'object' } },
        { type: 'systemTool', name: 'nova_grounding' },
        { type: 'cachePoint', name: 'cachePoint' },
      ],
      tool_choice: 'required',
      params: { temperature: 0.5, top_p: 0.9, top_k: 40, max_tokens: 70, stop: ['END'] },
      extra: {
        additionalModelRequestFields: { thinking: { type: 'enabled' } },
        guardrailConfig: { guardrailIdentifier: 'g' },
      },
    });
  });

  it('takes a stored prompt, which brings its own messages, but nothing else without messages', () => {
    expect(decode({ modelId: 'arn:prompt', promptVariables: { a: { text: 'x' } } }).messages).toEqual([]);
    for (const content of [undefined, null, 'x', 1, [], {}, { modelId: 'm', body: '{}' }, { messages: 'x' }]) {
      expect(bedrockConverse.decodeRequest(content)).toBeUndefined();
    }
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (one, other) => {
        expect(() => {
          bedrockConverse.decodeRequest(one);
          bedrockConverse.decodeRequest({ messages: [one], toolConfig: { tools: [other] }, inferenceConfig: other });
          bedrockConverse.decodeRequest({ messages: [{ role: 'user', content: one }], system: other });
          bedrockConverse.decodeResponse({ output: { message: one }, usage: other });
          bedrockConverse.decodeResponse({ output: { message: { content: one } }, trace: other });
        }).not.toThrow();
      }),
    );
  });
});

describe('encoding a Converse request', () => {
  it('gives the original itself when nothing was edited', () => {
    fc.assert(
      fc.property(converseRequest, (content) => {
        expect(bedrockConverse.encodeRequest(structuredClone(decode(content)), content)).toBe(content);
      }),
    );
    expect(bedrockConverse.encodeRequest(structuredClone(decode(request)), request)).toBe(request);
  });

  it('changes only the text that was edited, and what is decoded again is the edit', () => {
    fc.assert(
      fc.property(converseRequest, fc.nat(), (content, pick) => {
        const decoded = structuredClone(decode(content));
        const editable = decoded.messages.flatMap((message, index) => (hasText(message) ? [index] : []));
        fc.pre(editable.length > 0);
        const index = editable[pick % editable.length];
        const messages = decoded.messages.map((message, at) => (at === index ? withText(message) : message));
        const encoded = bedrockConverse.encodeRequest({ ...decoded, messages }, content) as typeof content;
        expect(decode(encoded)).toEqual({ ...decoded, messages });
        const { messages: before, ...rest } = content;
        const { messages: after, ...restAfter } = encoded;
        expect(Object.entries(restAfter).every(([name, value]) => rest[name] === value)).toBe(true);
        expect(after.length).toBe(before.length);
        const changed = before.flatMap((turn, at) => (after[at] === turn ? [] : [at]));
        expect(changed.length).toBe(1);
        const [at = 0] = changed;
        expect({ ...after[at], content: [] }).toEqual({ ...before[at], content: [] });
        const blocks = after[at]!.content;
        expect(blocks.length).toBe(before[at]!.content.length);
        expect(before[at]!.content.filter((block, position) => blocks[position] !== block).length).toBe(1);
      }),
      {
        examples: [
          [sameTextTwice, 0],
          [sameTextTwice, 1],
        ],
      },
    );
  });

  it('writes an edited text where it stood, also where the application lists one block twice', () => {
    const texts = (first: string, second: string) => [first, second].map((text) => ({ type: 'text', text }));
    const [, thought] = sameTextTwice.messages[0]!.content;
    const written = (content: readonly { readonly text: string }[]) =>
      edit(sameTextTwice, { messages: [{ role: 'user', content, reasoning: '' }] });
    const turn = (...content: readonly unknown[]) => ({ ...sameTextTwice, messages: [{ role: 'user', content }] });
    expect(written(texts('first', 'Hello'))).toEqual(turn({ text: 'first' }, thought, hello));
    expect(written(texts('Hello', 'second'))).toEqual(turn(hello, thought, { text: 'second' }));
  });

  it('keeps every other block, and makes no two turns of one role, when a message is removed or added', () => {
    fc.assert(
      fc.property(converseRequest, fc.nat(), (content, pick) => {
        const decoded = structuredClone(decode(content));
        const index = pick % (decoded.messages.length + 1);
        const encode = (messages: readonly AnnotatedMessage[]) =>
          (bedrockConverse.encodeRequest({ ...decoded, messages }, content) as typeof content).messages;
        const originals = new Set(content.messages.flatMap((turn) => turn.content));
        const more = encode(decoded.messages.toSpliced(index, 0, { role: 'user', content: 'never seen before' }));
        const less = encode(decoded.messages.toSpliced(index, 1));
        const fresh = more.flatMap((turn) => turn.content).filter((block) => !originals.has(block));
        expect(fresh).toEqual([{ text: 'never seen before' }]);
        expect(less.flatMap((turn) => turn.content).every((block) => originals.has(block))).toBe(true);
        expect(repeats(more)).toBeLessThanOrEqual(repeats(content.messages));
        expect(repeats(less)).toBeLessThanOrEqual(repeats(content.messages));
      }),
    );
  });

  it('writes each edit of a message into the block that it belongs to, and copies no bytes', () => {
    const [user, model, add, now, more] = decode(request).messages as readonly [
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
    ];
    const [first, second] = model.tool_calls!;
    const [text, ...rest] = more.content as readonly Record<string, string>[];
    const encoded = edit(request, {
      messages: [
        user,
        {
          ...model,
          content: 'Summing.',
          reasoning: '[gone]',
          tool_calls: [{ ...first!, arguments: { a: 2 } }, second!],
        },
        { ...add, content: '3' },
        { ...now, content: { hour: 13 } },
        { ...more, content: [{ ...text, text: 'And that:' }, ...rest] },
      ],
    }) as typeof request;
    expect(encoded.messages[0]).toBe(request.messages[0]);
    expect(encoded.messages[1]!.content).toEqual([
      { reasoningContent: { reasoningText: { text: '[gone]', signature: 'c2ln' } } },
      { text: 'Summing.' },
      { toolUse: { toolUseId: 't1', name: 'add', input: { a: 2 } } },
      { toolUse: { toolUseId: 't2', name: 'now', input: {} } },
    ]);
    expect(encoded.messages[1]!.content[3]).toBe(request.messages[1]!.content[3]);
    const [image, point] = request.messages[2]!.content.slice(3);
    expect(encoded.messages[2]!.content).toEqual([
      { toolResult: { toolUseId: 't1', content: [{ text: '3' }], status: 'success' } },
      { toolResult: { toolUseId: 't2', content: [{ json: { hour: 13 } }] } },
      { text: 'And that:' },
      image,
      point,
    ]);
    expect(encoded.messages[2]!.content[3]).toBe(image);
    expect(encoded.toolConfig).toBe(request.toolConfig);
  });

  it('puts calls, results and system text that an edit added where the API wants them', () => {
    const content = { modelId: 'm', messages: [{ role: 'user', content: [{ text: 'Hi' }] }] };
    const call = (id: string) => ({ id, name: 'f', arguments: { x: 1 } });
    const toolUse = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'f', input: { x: 1 } } });
    const encoded = edit(content, {
      messages: [
        { role: 'system', content: 'Be brief.' },
        ...decode(content).messages,
        { role: 'user', content: 'Remember.' },
        { role: 'assistant', content: '', reasoning: 'Hm.', tool_calls: [call('a'), call('b')] },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'tool', tool_call_id: 'b', content: { two: 2 } },
      ],
    });
    expect(encoded).toEqual({
      modelId: 'm',
      system: [{ text: 'Be brief.' }],
      messages: [
        { role: 'user', content: [{ text: 'Hi' }, { text: 'Remember.' }] },
        {
          role: 'assistant',
          content: [{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, toolUse('a'), toolUse('b')],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'a', content: [{ text: 'one' }] } },
            { toolResult: { toolUseId: 'b', content: [{ json: { two: 2 } }] } },
          ],
        },
      ],
    });
  });

  it('keeps the system block that an edit of the text left alone, and the cache point', () => {
    const system = (instructions: string) => (edit(request, { instructions }) as typeof request).system;
    expect(system('Be brief.\nBe rude.')).toEqual([...request.system.slice(0, 2), { text: 'Be rude.' }]);
    expect(system('Mind.\nBe brief.\nBe kind.')).toEqual([{ text: 'Mind.\nBe brief.' }, ...request.system.slice(1)]);
    expect(system('Else.')).toEqual([{ text: 'Else.' }, request.system[1]]);
    expect(system('Be brief.\nBe rude.')[0]).toBe(request.system[0]);
  });

  it('writes settings, tools and choice where they belong, and deletes what was removed', () => {
    const decoded = decode(request);
    const [add, , point] = decoded.tools!;
    const encoded = edit(request, {
      model: 'other',
      params: { temperature: 0, top_k: 5, max_tokens: 70 },
      tools: [{ ...add!, description: 'Adds up.', parameters: {} }, { type: 'function', name: 'sub' }, point!],
      tool_choice: { type: 'function', function: { name: 'sub' } },
      extra: { additionalModelRequestFields: { thinking: { type: 'disabled' } } },
    });
    const { guardrailConfig: _, ...rest } = request;
    expect(encoded).toEqual({
      ...rest,
      modelId: 'other',
      inferenceConfig: { temperature: 0, maxTokens: 70 },
      additionalModelRequestFields: { top_k: 5, thinking: { type: 'disabled' } },
      toolConfig: {
        tools: [
          { toolSpec: { name: 'add', description: 'Adds up.', inputSchema: { json: {} }, strict: true } },
          { toolSpec: { name: 'sub', inputSchema: { json: { type: 'object', properties: {} } } } },
          { cachePoint: { type: 'default' } },
        ],
        toolChoice: { tool: { name: 'sub' } },
      },
    });
    expect((encoded as typeof request).messages).toBe(request.messages);
    expect(edit(request, { tools: [] })).not.toHaveProperty('toolConfig');
    expect(bedrockConverse.encodeRequest({ messages: [], params: { top_k: 1 } }, { messages: [] })).toEqual({
      messages: [],
      additionalModelRequestFields: { top_k: 1 },
    });
  });
});

describe('decoding a Converse response', () => {
  it('reads text, reasoning and calls, and counts the cache into the input', () => {
    expect(
      bedrockConverse.decodeResponse({
        $metadata: { httpStatusCode: 200 },
        output: {
          message: {
            role: 'assistant',
            content: [
              { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
              { text: 'A' },
              { citationsContent: { content: [{ text: 'B' }, { text: 'C' }], citations: [] } },
              { toolUse: { toolUseId: 's', name: 'search', input: {}, type: 'server_tool_use' } },
              { toolUse: { toolUseId: 't', name: 'f', input: { a: 1 } } },
            ],
          },
        },
        stopReason: 'tool_use',
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          totalTokens: 15,
          cacheReadInputTokens: 100,
          cacheWriteInputTokens: 30,
          cacheDetails: [
            { ttl: '1h', inputTokens: 20 },
            { ttl: '5m', inputTokens: 10 },
          ],
        },
        metrics: { latencyMs: 1 },
      }),
    ).toEqual({
      message: 'A\nBC',
      reasoning: 'Hm.',
      tool_calls: [{ id: 't', name: 'f', arguments: { a: 1 } }],
      finish_reason: 'tool_use',
      finish_reasons: ['tool_use'],
      usage: {
        input_tokens: 140,
        output_tokens: 5,
        total_tokens: 145,
        cache_read_tokens: 100,
        cache_write_tokens: 30,
        cache_write_5m_tokens: 10,
        cache_write_1h_tokens: 20,
      },
    });
  });

  it('is undefined for what is no Converse response, and says of usage only what is known', () => {
    for (const response of [undefined, null, 'x', {}, { output: [] }, { output: { text: 'x' } }, { choices: [] }]) {
      expect(bedrockConverse.decodeResponse(response)).toBeUndefined();
    }
    const output = { message: { role: 'assistant', content: [] } };
    expect(bedrockConverse.decodeResponse({ output })).toEqual({});
    expect(bedrockConverse.decodeResponse({ output, usage: { outputTokens: 1 } })).toEqual({
      usage: { output_tokens: 1 },
    });
  });
});

function hasText({ content }: AnnotatedMessage): boolean {
  if (typeof content === 'string') return true;
  return Array.isArray(content) && content.some((part) => (part as { type?: unknown }).type === 'text');
}

function withText(message: AnnotatedMessage): AnnotatedMessage {
  if (!Array.isArray(message.content)) return { ...message, content: 'never seen before' };
  const content = message.content as readonly Record<string, string>[];
  const index = content.findIndex(({ type }) => type === 'text');
  return { ...message, content: content.with(index, { ...content[index], text: 'never seen before' }) };
}

/** How often a turn has the role of the one before it. */
function repeats(turns: readonly { readonly role: string }[]): number {
  return turns.filter(({ role }, index) => turns[index - 1]?.role === role).length;
}
