// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedMessage, AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { geminiGenerateContent } from '../../src/codecs/gemini-generate-content.ts';
import { sdkRequest, wireRequest } from './fixtures/gemini-requests.ts';

function decode(content: unknown): AnnotatedRequest {
  const decoded = geminiGenerateContent.decodeRequest(content);
  if (!decoded) throw new Error('not a Gemini request');
  return decoded;
}

function edit(content: unknown, change: Partial<AnnotatedRequest>): unknown {
  return geminiGenerateContent.encodeRequest({ ...structuredClone(decode(content)), ...change }, content);
}

const request = {
  systemInstruction: { role: 'system', parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
  contents: [
    { role: 'user', parts: [{ text: 'Hi' }] },
    {
      role: 'model',
      parts: [
        { text: 'I think.', thought: true },
        { text: 'Adding.' },
        { functionCall: { id: 'c1', name: 'add', args: { a: 1 } }, thoughtSignature: 'c2ln' },
        { functionCall: { name: 'now' } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'c1', name: 'add', response: { output: 2 } } },
        { functionResponse: { name: 'now', response: { output: 'noon' }, scheduling: 'SILENT' } },
        { text: 'And this:' },
        { inlineData: { mimeType: 'image/png', data: 'AQID' } },
      ],
    },
    { role: 'model', parts: [{ text: 'Signed.', thoughtSignature: 'dGV4dA==' }] },
  ],
  tools: [
    { functionDeclarations: [{ name: 'add', description: 'Adds.', parameters: { type: 'OBJECT' } }], googleSearch: {} },
    { functionDeclarations: [{ name: 'now', parametersJsonSchema: { type: 'object' } }] },
  ],
  toolConfig: {
    functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['add'] },
    retrievalConfig: { languageCode: 'en' },
  },
  generationConfig: {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    maxOutputTokens: 70,
    stopSequences: ['END'],
    candidateCount: 2,
    seed: 7,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true },
    responseMimeType: 'application/json',
  },
  safetySettings: [{ category: 'c', threshold: 't' }],
};

const { systemInstruction, tools, toolConfig, generationConfig, safetySettings } = request;
const parameters = {
  model: 'gemini-3-pro',
  contents: request.contents,
  config: { systemInstruction, tools, toolConfig, ...generationConfig, safetySettings },
};

const common = {
  instructions: 'Be brief.\nBe kind.',
  messages: [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: 'Adding.',
      reasoning: 'I think.',
      tool_calls: [
        { id: 'c1', name: 'add', arguments: { a: 1 } },
        { id: '', name: 'now', arguments: {} },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', name: 'add', content: { output: 2 } },
    { role: 'tool', name: 'now', content: { output: 'noon' } },
    {
      role: 'user',
      content: [{ type: 'text', text: 'And this:' }, { inlineData: { mimeType: 'image/png', data: 'AQID' } }],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'Signed.', thoughtSignature: 'dGV4dA==' }] },
  ],
  tools: [
    { type: 'function', name: 'add', description: 'Adds.', parameters: { type: 'OBJECT' } },
    { type: 'googleSearch', name: 'googleSearch' },
    { type: 'function', name: 'now', parameters: { type: 'object' } },
  ],
  tool_choice: { type: 'function', function: { name: 'add' } },
  params: {
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    max_tokens: 70,
    frequency_penalty: 0.2,
    presence_penalty: 0.1,
    seed: 7,
    stop: ['END'],
    n: 2,
    reasoning_effort: 'LOW',
  },
};

describe('decoding a Gemini request', () => {
  it('reads the body on the wire', () => {
    expect(decode(request)).toEqual({
      ...common,
      extra: { safetySettings, generationConfig: { responseMimeType: 'application/json' } },
    });
  });

  it('reads the parameters of the SDK, and shows nothing of how they are sent', () => {
    const transport = {
      abortSignal: new AbortController().signal,
      httpOptions: { headers: { 'x-goog-api-key': 'k' } },
    };
    expect(decode({ ...parameters, config: { ...parameters.config, ...transport } })).toEqual({
      model: 'gemini-3-pro',
      ...common,
      extra: { config: { safetySettings, responseMimeType: 'application/json' } },
    });
  });

  it.each<[string, unknown, readonly AnnotatedMessage[]]>([
    ['a text', 'Hi', [{ role: 'user', content: 'Hi' }]],
    ['a part', { text: 'Hi' }, [{ role: 'user', content: 'Hi' }]],
    ['a turn', { role: 'model', parts: [{ text: 'Hi' }] }, [{ role: 'assistant', content: 'Hi' }]],
    ['a turn without a role', { parts: [{ text: 'Hi' }] }, [{ role: 'user', content: 'Hi' }]],
    ['a list of one text', ['Hi'], [{ role: 'user', content: 'Hi' }]],
    [
      'a list of texts and parts, which is one turn',
      ['Hi', { fileData: { fileUri: 'gs://b/f' } }],
      [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, { fileData: { fileUri: 'gs://b/f' } }] }],
    ],
    ['an empty list', [], []],
  ])('takes %s as contents', (_, contents, messages) => {
    expect(decode({ model: 'm', contents }).messages).toEqual(messages);
  });

  it.each([
    ['a text', 'Be brief.'],
    ['a part', { text: 'Be brief.' }],
    ['a list', ['Be brief.']],
    ['a turn', { parts: [{ text: 'Be brief.' }] }],
  ])('takes %s as system instruction', (_, instruction) => {
    expect(decode({ contents: 'Hi', config: { systemInstruction: instruction } }).instructions).toBe('Be brief.');
  });

  it('takes tools that the SDK asks later, and survives what is no tool', () => {
    const callable = { tool: async () => ({}), callTool: async () => [] };
    const content = { model: 'm', contents: 'Hi', config: { tools: [callable, null, {}] } };
    const decoded = decode(content);
    expect(decoded.tools?.map(({ type }) => type)).toEqual(['callable_tool', 'unknown', 'unknown']);
    const added = { type: 'function', name: 'f' };
    const encoded = geminiGenerateContent.encodeRequest({ ...decoded, tools: [...decoded.tools!, added] }, content);
    const { tools: after } = (encoded as typeof content).config;
    expect(after[0]).toBe(callable);
    expect(after.slice(1)).toEqual([null, {}, { functionDeclarations: [{ name: 'f' }] }]);
  });

  it('is undefined for what is no Gemini request, and never throws', () => {
    for (const content of [undefined, null, 'x', 1, [], {}, { contents: 3 }, { contents: null }, { messages: [] }]) {
      expect(geminiGenerateContent.decodeRequest(content)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (contents, config) => {
        expect(() => {
          geminiGenerateContent.decodeRequest(contents);
          geminiGenerateContent.decodeRequest({ contents, config });
          geminiGenerateContent.decodeRequest({ contents: [{ parts: contents }], tools: config });
          geminiGenerateContent.decodeResponse({ candidates: contents, usageMetadata: config });
          geminiGenerateContent.decodeResponse({ candidates: [{ content: { parts: contents } }] });
        }).not.toThrow();
      }),
    );
  });
});

describe('encoding a Gemini request', () => {
  it('gives the original itself when nothing was edited', () => {
    fc.assert(
      fc.property(fc.oneof(wireRequest, sdkRequest), (content) => {
        expect(geminiGenerateContent.encodeRequest(structuredClone(decode(content)), content)).toBe(content);
      }),
    );
    for (const content of [request, parameters]) {
      expect(geminiGenerateContent.encodeRequest(structuredClone(decode(content)), content)).toBe(content);
    }
  });

  it('changes only the text that was edited, and what is decoded again is the edit', () => {
    fc.assert(
      fc.property(wireRequest, fc.nat(), (content, pick) => {
        const decoded = structuredClone(decode(content));
        const editable = decoded.messages.flatMap((message, index) =>
          message.role === 'tool' || !hasText(message) ? [] : [index],
        );
        fc.pre(editable.length > 0);
        const index = editable[pick % editable.length];
        const messages = decoded.messages.map((message, at) => (at === index ? withText(message) : message));
        const encoded = geminiGenerateContent.encodeRequest({ ...decoded, messages }, content) as typeof content;
        expect(decode(encoded)).toEqual({ ...decoded, messages });
        const { contents: _, ...rest } = encoded;
        const { contents: __, ...restBefore } = content;
        expect(rest).toEqual(restBefore);
        const changed = content.contents.flatMap((turn, at) => (encoded.contents[at] === turn ? [] : [at]));
        expect([encoded.contents.length, changed.length]).toEqual([content.contents.length, 1]);
        const [at = 0] = changed;
        const before = content.contents[at]!;
        const after = encoded.contents[at]!;
        expect({ ...after, parts: [] }).toEqual({ ...before, parts: [] });
        expect(after.parts.length).toBe(before.parts.length);
        expect(before.parts.filter((part, position) => after.parts[position] !== part).length).toBe(1);
      }),
    );
  });

  it('keeps every other part when a message is removed or added, whatever the form of the contents', () => {
    fc.assert(
      fc.property(fc.oneof(wireRequest, sdkRequest), fc.nat(), (content, pick) => {
        const decoded = structuredClone(decode(content));
        const index = pick % (decoded.messages.length + 1);
        const added = { role: 'user', content: 'never seen before' };
        const encode = (messages: readonly AnnotatedMessage[]) =>
          geminiGenerateContent.encodeRequest({ ...decoded, messages }, content) as typeof content;
        const more = decoded.messages.toSpliced(index, 0, added);
        const less = decoded.messages.toSpliced(index, 1);
        expect(said(decode(encode(more)).messages)).toEqual(said(more));
        expect(said(decode(encode(less)).messages)).toEqual(said(less));
        const originals = new Set(partsOf(content));
        const known = (part: unknown) => originals.has(part) || originals.has((part as { text?: unknown }).text);
        const fresh = partsOf(encode(more)).filter((part) => !known(part));
        expect(fresh).toEqual([{ text: 'never seen before' }]);
        expect(partsOf(encode(less)).every(known)).toBe(true);
      }),
    );
  });

  it('writes each edit of a message into the part that it belongs to', () => {
    const [user, model, add, now, more, signed] = decode(request).messages as readonly [
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
      AnnotatedMessage,
    ];
    const [first, second] = model.tool_calls!;
    const encoded = edit(request, {
      messages: [
        user,
        {
          ...model,
          content: 'Summing.',
          reasoning: '[gone]',
          tool_calls: [{ ...first!, arguments: { a: 2 } }, second!],
        },
        { ...add, content: { output: 3 } },
        { ...now, content: 'late' },
        more,
        { ...signed, content: [{ type: 'text', text: 'Sealed.', thoughtSignature: 'dGV4dA==' }] },
      ],
    }) as typeof request;
    expect(encoded.contents[0]).toBe(request.contents[0]);
    expect(encoded.contents[1]!.parts).toEqual([
      { text: '[gone]', thought: true },
      { text: 'Summing.' },
      { functionCall: { id: 'c1', name: 'add', args: { a: 2 } }, thoughtSignature: 'c2ln' },
      { functionCall: { name: 'now' } },
    ]);
    expect(encoded.contents[2]!.parts).toEqual([
      { functionResponse: { id: 'c1', name: 'add', response: { output: 3 } } },
      { functionResponse: { name: 'now', response: { output: 'late' }, scheduling: 'SILENT' } },
      ...request.contents[2]!.parts.slice(2),
    ]);
    expect(encoded.contents[2]!.parts[3]).toBe(request.contents[2]!.parts[3]);
    expect(encoded.contents[3]!.parts).toEqual([{ text: 'Sealed.', thoughtSignature: 'dGV4dA==' }]);
    expect(encoded.tools).toBe(request.tools);
  });

  it('puts calls and results that an edit added into turns as the API wants them', () => {
    const { messages } = decode({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] });
    const call = (id: string, name: string) => ({ id, name, arguments: { x: 1 } });
    const encoded = edit(
      { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          ...messages,
          { role: 'assistant', content: '', tool_calls: [call('a', 'f'), call('', 'g')] },
          { role: 'tool', tool_call_id: 'a', content: 'one' },
          { role: 'tool', name: 'g', content: { output: 'two' } },
        ],
      },
    );
    expect(encoded).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { id: 'a', name: 'f', args: { x: 1 } } },
            { functionCall: { name: 'g', args: { x: 1 } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'a', name: 'f', response: { output: 'one' } } },
            { functionResponse: { name: 'g', response: { output: 'two' } } },
          ],
        },
      ],
    });
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['a text', 'Hi', 'Ho', ['Hi']],
    ['a part', { text: 'Hi', x: 1 }, { text: 'Ho', x: 1 }, [{ text: 'Hi', x: 1 }]],
    ['a list of parts', ['Hi'], ['Ho'], ['Hi']],
    ['a turn', { role: 'user', parts: ['Hi'] }, { role: 'user', parts: ['Ho'] }, ['Hi']],
  ])(
    'keeps %s in its form when its text is edited, and makes turns of it when a message joins it',
    (_, contents, same, before) => {
      const content = { model: 'm', contents };
      const [message] = decode(content).messages;
      expect(edit(content, { messages: [withText(message!, 'Ho')] })).toEqual({ model: 'm', contents: same });
      expect(edit(content, { messages: [message!, { role: 'assistant', content: 'Yes.' }] })).toEqual({
        model: 'm',
        contents: [
          {
            role: 'user',
            parts: (before as unknown[]).map((part) => (typeof part === 'string' ? { text: part } : part)),
          },
          { role: 'model', parts: [{ text: 'Yes.' }] },
        ],
      });
    },
  );

  it.each([
    ['on the wire', request, request, 'generationConfig'],
    ['in the SDK', parameters, parameters.config, 'config'],
  ] as const)('writes settings, instructions, tools and choice where they belong %s', (_, content, holder, key) => {
    const decoded = decode(content);
    const { stop: _stop, ...params } = decoded.params;
    const edited: Partial<AnnotatedRequest> = {
      instructions: 'Be brief.\nBe rude.',
      params: { ...params, temperature: 0, reasoning_effort: 'HIGH' },
      tools: [
        { ...decoded.tools![0]!, description: 'Adds up.' },
        decoded.tools![2]!,
        { type: 'function', name: 'sub', parameters: { type: 'object' } },
        { type: 'urlContext', name: 'urlContext' },
      ],
      tool_choice: 'auto',
      extra: { ...decoded.extra, x_new: 1 },
    };
    const encoded = edit(content, edited) as Record<string, Record<string, unknown>>;
    const settings = encoded[key]!;
    const { stopSequences: __, ...rest } = generationConfig;
    expect(settings).toMatchObject({
      ...rest,
      temperature: 0,
      thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true },
    });
    expect(settings).not.toHaveProperty('stopSequences');
    const beside = (content === request ? encoded : settings) as typeof holder;
    expect(beside.systemInstruction).toEqual({ role: 'system', parts: [{ text: 'Be brief.' }, { text: 'Be rude.' }] });
    expect(beside.systemInstruction.parts[0]).toBe(systemInstruction.parts[0]);
    expect(beside.tools).toEqual([
      {
        functionDeclarations: [
          { name: 'add', description: 'Adds up.', parameters: { type: 'OBJECT' } },
          { name: 'sub', parametersJsonSchema: { type: 'object' } },
        ],
      },
      tools[1],
      { urlContext: {} },
    ]);
    expect(beside.tools[1]).toBe(tools[1]);
    expect(beside.toolConfig).toEqual({
      functionCallingConfig: { mode: 'AUTO' },
      retrievalConfig: { languageCode: 'en' },
    });
    expect(encoded['x_new']).toBe(1);
    expect(encoded['contents']).toBe(request.contents);
    expect(decode(encoded)).toMatchObject({ instructions: edited.instructions, params: edited.params });
  });

  it('writes into a request that has no settings yet, in the form that it is in, and deletes what was removed', () => {
    const add: Partial<AnnotatedRequest> = {
      params: { temperature: 1, reasoning_effort: 'LOW' },
      instructions: 'Mind.',
    };
    expect(edit({ contents: [] }, add)).toEqual({
      contents: [],
      systemInstruction: { parts: [{ text: 'Mind.' }] },
      generationConfig: { temperature: 1, thinkingConfig: { thinkingLevel: 'LOW' } },
    });
    expect(edit({ model: 'm', contents: 'Hi' }, add)).toEqual({
      model: 'm',
      contents: 'Hi',
      config: { systemInstruction: 'Mind.', temperature: 1, thinkingConfig: { thinkingLevel: 'LOW' } },
    });
    const { messages } = decode(request);
    expect(geminiGenerateContent.encodeRequest({ messages, params: {} }, request)).toEqual({
      contents: request.contents,
      toolConfig: { retrievalConfig: { languageCode: 'en' } },
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    });
  });
});

describe('decoding a Gemini response', () => {
  it('reads text, thoughts, calls and usage of the first candidate, and each of several', () => {
    expect(
      geminiGenerateContent.decodeResponse({
        responseId: 'r',
        modelVersion: 'gemini-3-pro-001',
        candidates: [
          { index: 1, finishReason: 'MAX_TOKENS', content: { parts: [{ text: 'other' }] } },
          {
            index: 0,
            finishReason: 'STOP',
            content: {
              role: 'model',
              parts: [
                { text: 'Hm.', thought: true },
                { text: 'A' },
                { text: 'B', thoughtSignature: 's' },
                { inlineData: { mimeType: 'image/png', data: 'AQID' } },
                { functionCall: { id: 'c', name: 'f', args: { a: 1 } } },
              ],
            },
          },
        ],
        usageMetadata: {
          promptTokenCount: 100,
          cachedContentTokenCount: 60,
          toolUsePromptTokenCount: 10,
          candidatesTokenCount: 20,
          thoughtsTokenCount: 5,
          totalTokenCount: 135,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 70 },
            { modality: 'AUDIO', tokenCount: 30 },
          ],
          candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 8 }],
        },
      }),
    ).toEqual({
      id: 'r',
      model: 'gemini-3-pro-001',
      message: 'A\nB',
      reasoning: 'Hm.',
      tool_calls: [{ id: 'c', name: 'f', arguments: { a: 1 } }],
      finish_reason: 'tool_use',
      finish_reasons: ['STOP', 'MAX_TOKENS'],
      choices: [
        {
          message: 'A\nB',
          reasoning: 'Hm.',
          tool_calls: [{ id: 'c', name: 'f', arguments: { a: 1 } }],
          finish_reason: 'tool_use',
        },
        { message: 'other', finish_reason: 'length' },
      ],
      usage: {
        input_tokens: 110,
        output_tokens: 25,
        total_tokens: 135,
        cache_read_tokens: 60,
        reasoning_tokens: 5,
        audio_input_tokens: 30,
        audio_output_tokens: 8,
      },
    });
  });

  it('takes a prompt that was blocked as filtered, and says of usage only what is known', () => {
    expect(
      geminiGenerateContent.decodeResponse({
        promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
        usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
      }),
    ).toEqual({
      finish_reason: 'content_filter',
      finish_reasons: ['PROHIBITED_CONTENT'],
      usage: { input_tokens: 4, total_tokens: 4 },
    });
    expect(geminiGenerateContent.decodeResponse({})).toBeUndefined();
    expect(geminiGenerateContent.decodeResponse({ choices: [] })).toBeUndefined();
  });

  it('reads no getter of the response of the SDK', () => {
    class Response {
      candidates = [{ content: { parts: [{ text: 'x' }, { functionCall: { name: 'f' } }] } }];
      get text(): never {
        throw new Error('warns');
      }
    }
    expect(geminiGenerateContent.decodeResponse(new Response())?.message).toBe('x');
  });
});

function hasText({ content }: AnnotatedMessage): boolean {
  if (typeof content === 'string') return true;
  return Array.isArray(content) && content.some((part) => (part as { type?: unknown }).type === 'text');
}

function withText(message: AnnotatedMessage, text = 'never seen before'): AnnotatedMessage {
  if (!Array.isArray(message.content)) return { ...message, content: text };
  const content = message.content as readonly Record<string, string>[];
  const index = content.findIndex(({ type }) => type === 'text');
  return { ...message, content: content.with(index, { ...content[index], text }) };
}

/** Everything that the messages say, however they are cut into messages: neighbours within one turn may become one. */
function said(messages: readonly AnnotatedMessage[]): readonly string[] {
  const all = messages.flatMap(({ content, tool_calls: calls = [], reasoning, role, ...rest }) => {
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
    const shown = role === 'tool' ? [{ ...rest, content }] : [parts].flat();
    return [...shown, ...calls, ...(reasoning?.split('\n') ?? [])].map((one) => JSON.stringify([role, one]));
  });
  return all.toSorted();
}

function partsOf({ contents }: Record<string, unknown>): readonly unknown[] {
  return [contents].flat().flatMap((item) => (item as { parts?: unknown[] }).parts ?? [item]);
}
