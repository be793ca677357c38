// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedMessage, AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { anthropicMessages } from '../../src/codecs/anthropic-messages.ts';
import { requestBlocks, tools } from './fixtures/anthropic-blocks.ts';
import { messagesRequest } from './fixtures/anthropic-requests.ts';

type Encoded = Record<string, unknown> & { messages: { role: string; content: unknown }[] };

function decode(content: unknown): AnnotatedRequest {
  const decoded = anthropicMessages.decodeRequest(content);
  if (!decoded) throw new Error('not a Messages request');
  return decoded;
}

/** The request after an edit of its decoded form, which goes through JSON as a remote policy's would. */
function edit(original: unknown, change: (decoded: AnnotatedRequest) => object): Encoded {
  const decoded = JSON.parse(JSON.stringify(decode(original))) as AnnotatedRequest;
  return anthropicMessages.encodeRequest({ ...decoded, ...change(decoded) }, original) as Encoded;
}

function editMessages(
  original: { readonly messages: readonly unknown[] },
  change: (messages: readonly AnnotatedMessage[]) => readonly AnnotatedMessage[],
): Encoded['messages'] {
  return edit(original, ({ messages }) => ({ messages: change(messages) })).messages;
}

const cache_control = { type: 'ephemeral' };
const question = { role: 'user', content: 'Weather?' };
const thinking = { type: 'thinking', thinking: 'Look.', signature: 's1' };
const saying = { type: 'text', text: 'I will look.', cache_control };
const search = { type: 'server_tool_use', id: 'srv', name: 'web_search', input: {} };
const [call1, call2] = ['t1', 't2'].map((id) => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: { id },
  cache_control,
}));
const [result1, result2] = ['t1', 't2'].map((id) => ({
  type: 'tool_result',
  tool_use_id: id,
  content: id,
  is_error: true,
}));
const follow = { type: 'text', text: 'And Paris?' };
const calling = { role: 'assistant', content: [thinking, saying, call1, search, call2], x: 1 };
const results = { role: 'user', content: [result1, result2, follow], x: 2 };
const conversation = { model: 'm', max_tokens: 1, messages: [question, calling, results] };

describe('an edit that changes nothing', () => {
  it('gives the very object that was decoded', () => {
    fc.assert(
      fc.property(messagesRequest, (request) => {
        expect(anthropicMessages.encodeRequest(decode(request), request)).toBe(request);
        expect(edit(request, () => ({}))).toBe(request);
      }),
    );
  });

  it.each(requestBlocks.map((block) => [block.type, block] as const))(
    'elsewhere leaves a block of type %s the same object',
    (_, block) => {
      const before = { role: 'user', content: [block, { type: 'text', text: 'after' }] };
      const [first, second] = editMessages({ messages: [before, question] }, (messages) => [
        ...messages.slice(0, -1),
        { role: 'user', content: 'changed' },
      ]);
      expect(first).toBe(before);
      expect(second).toEqual({ role: 'user', content: 'changed' });
      const [message] = editMessages({ messages: [before] }, (messages) =>
        messages.map(
          (message) =>
            JSON.parse(JSON.stringify(message).replace('"text":"after"', '"text":"changed"')) as AnnotatedMessage,
        ),
      );
      expect((message!.content as unknown[])[0]).toBe(block);
      expect(message!.content).toEqual([block, { type: 'text', text: 'changed' }]);
    },
  );
});

it('an edit of one text of any request changes that text only', () => {
  const [text, changed] = ['the text', 'another'].map((words) => ({ type: 'text', text: words }));
  fc.assert(
    fc.property(messagesRequest, fc.nat(), (request, seed) => {
      const index = seed % request.messages.length;
      const { role, content } = request.messages[index]!;
      const blocks = typeof content === 'string' ? [] : content;
      const put = (block: object) => request.messages.with(index, { role, content: [...blocks, { ...block }] });
      const original = { ...request, messages: put(text!) };
      const decoded = decode(original);
      const messages = decoded.messages.map((message) =>
        Array.isArray(message.content) && message.content.at(-1) === original.messages[index]!.content.at(-1)
          ? { ...message, content: [...message.content.slice(0, -1), changed!] }
          : message,
      );
      const encoded = anthropicMessages.encodeRequest({ ...decoded, messages }, original) as Encoded;
      expect(encoded).toEqual({ ...request, messages: put(changed!) });
      const untouched = (all: readonly { content: unknown }[]) => [
        ...all.toSpliced(index, 1),
        ...(all[index]!.content as unknown[]).slice(0, -1),
      ];
      for (const [at, one] of untouched(encoded.messages).entries()) expect(one).toBe(untouched(original.messages)[at]);
    }),
  );
});

it('messages of any request may go or change places, and say the same there', () => {
  const said = (messages: readonly AnnotatedMessage[]) => ({
    contents: messages
      .flatMap(({ role, content, tool_call_id }) =>
        Array.isArray(content) && role !== 'tool' ? content : [{ content, tool_call_id }],
      )
      .filter((entry) => JSON.stringify(entry) !== '{}'),
    calls: messages.flatMap(({ tool_calls = [] }) => tool_calls),
  });
  const rearranged = messagesRequest.chain((request) =>
    fc.tuple(fc.constant(request), fc.shuffledSubarray([...decode(request).messages])),
  );
  fc.assert(
    fc.property(rearranged, ([request, messages]) => {
      const encoded = anthropicMessages.encodeRequest({ ...decode(request), messages }, request) as Encoded;
      expect(said(decode(encoded).messages)).toEqual(said(messages));
      expect({ ...encoded, messages: [] }).toEqual({ ...request, messages: [] });
    }),
  );
});

describe('editing messages', () => {
  it('writes each kind of block in its place among the others', () => {
    const [, encoded, last] = editMessages(conversation, ([first, second, ...rest]) => [
      first!,
      {
        ...second!,
        reasoning: '[removed]',
        content: [{ type: 'text', text: 'Looking.' }, search],
        tool_calls: [{ id: 't1', name: 'weather', arguments: { id: 9 } }, second!.tool_calls![1]!],
      },
      ...rest,
    ]);
    expect(encoded).toEqual({
      role: 'assistant',
      content: [
        { ...thinking, thinking: '[removed]' },
        { type: 'text', text: 'Looking.' },
        { ...call1, input: { id: 9 } },
        search,
        call2,
      ],
      x: 1,
    });
    expect((encoded!.content as unknown[])[4]).toBe(call2);
    expect(last).toBe(results);
  });

  it('removes, inserts and renames calls without touching their neighbours', () => {
    const withCalls = (tool_calls: AnnotatedMessage['tool_calls']) =>
      editMessages(conversation, ([first, second, ...rest]) => {
        const { tool_calls: _, ...message } = second!;
        return [first!, tool_calls ? { ...message, tool_calls } : message, ...rest];
      })[1]?.content;
    const [one, two] = decode(conversation).messages[1]!.tool_calls!;
    const added = { id: 't3', name: 'add', arguments: '{"a":1}' };
    const written = { type: 'tool_use', id: 't3', name: 'add', input: { a: 1 } };
    expect(withCalls(undefined)).toEqual([thinking, saying, search]);
    expect(withCalls([two!])).toEqual([thinking, saying, search, call2]);
    expect(withCalls([one!, added, two!])).toEqual([thinking, saying, call1, search, written, call2]);
    expect(withCalls([one!, two!, { ...added, arguments: '' }])).toEqual([
      ...calling.content,
      { ...written, input: {} },
    ]);
    expect(withCalls([{ ...one!, id: 'new' }, two!])).toEqual([
      thinking,
      saying,
      { ...call1, id: 'new' },
      search,
      call2,
    ]);
    // That is another call, which gets none of the first one's marks.
    const { input } = call1!;
    expect(withCalls([{ ...one!, id: 'new', name: 'wind' }, two!])).toEqual([
      thinking,
      saying,
      { type: 'tool_use', id: 'new', name: 'wind', input },
      search,
      call2,
    ]);
    expect(withCalls([{ ...two!, name: 'wind' }])).toEqual([thinking, saying, { ...call2, name: 'wind' }, search]);
  });

  it('lets a text that replaces the parts keep the marks of the only text, or be the only one', () => {
    const content = (blocks: readonly object[], text: string) =>
      editMessages({ messages: [{ role: 'user', content: blocks }] }, ([message]) => [
        { ...message!, content: text },
      ])[0]?.content;
    expect(content([saying, search], 'Hi')).toEqual([{ ...saying, text: 'Hi' }]);
    expect(content([saying, follow], 'Hi')).toEqual([{ type: 'text', text: 'Hi' }]);
    expect(content([call1!], 'Hi')).toEqual([{ type: 'text', text: 'Hi' }, call1]);
    expect(content([thinking], 'Hi')).toEqual([thinking, { type: 'text', text: 'Hi' }]);
    expect(content([saying], '')).toEqual([]);
    const [bare] = editMessages({ messages: [{ role: 'user', content: [saying] }] }, ([message]) => [
      { ...message!, content: follow },
    ]);
    expect(bare?.content).toEqual([follow]);
    const strung = { messages: [question, question] };
    expect(editMessages(strung, ([one]) => [one!, { role: 'user', content: [follow] }])[1]).toEqual({
      role: 'user',
      content: [follow],
    });
    expect(editMessages(strung, ([one]) => [one!, { role: 'user' }])[1]).toEqual({ role: 'user', content: [] });
  });

  it('puts a message that was several together again', () => {
    const [, , third, ...more] = editMessages(conversation, (messages) =>
      messages.map((message) => (message.tool_call_id === 't2' ? { ...message, content: '[removed]' } : message)),
    );
    expect(third).toEqual({ ...results, content: [result1, { ...result2, content: '[removed]' }, follow] });
    expect((third!.content as unknown[])[0]).toBe(result1);
    expect(more).toEqual([]);
    const answered = (id: string) =>
      editMessages(conversation, (messages) => messages.filter((m) => m.tool_call_id !== id));
    expect(answered('t1')[2]).toEqual({ ...results, content: [result2, follow] });
    const renamed = editMessages(conversation, (messages) =>
      messages.map((message) => (message.tool_call_id === 't1' ? { ...message, tool_call_id: 'new' } : message)),
    );
    expect(renamed[2]).toEqual({ ...results, content: [{ ...result1, tool_use_id: 'new' }, result2, follow] });
    const plain = editMessages(conversation, (messages) => messages.with(4, { role: 'user', content: 'Paris?' }));
    expect(plain[2]).toEqual({ ...results, content: [result1, result2, { type: 'text', text: 'Paris?' }] });
  });

  it('writes what is new in the shape of this API', () => {
    const encoded = editMessages({ messages: [question] }, (messages) => [
      ...messages,
      { role: 'assistant', content: '', reasoning: 'unsigned', tool_calls: [{ id: 'a', name: 'f', arguments: '{}' }] },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b' },
      { role: 'tool' },
      { role: 'user', content: 'Thanks.' },
      { role: 'assistant' },
    ]);
    expect(encoded).toEqual([
      question,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'one' },
          { type: 'tool_result', tool_use_id: 'b' },
          { type: 'tool_result', tool_use_id: '' },
        ],
      },
      { role: 'user', content: 'Thanks.' },
      { role: 'assistant', content: [] },
    ]);
  });

  it('adds a result to the results that it stands beside, never joins messages that were apart', () => {
    const [one, two] = [result1, result2].map((result) => ({ role: 'user', content: [result], x: 3 }));
    const original = { messages: [one!, two!] };
    const added = { role: 'tool', tool_call_id: 't3', content: 'x' };
    const written = { type: 'tool_result', tool_use_id: 't3', content: 'x' };
    expect(editMessages(original, ([a, b]) => [a!, added, b!])).toEqual([{ ...one, content: [result1, written] }, two]);
    expect(editMessages(original, ([a, b]) => [added, a!, b!])).toEqual([{ ...one, content: [written, result1] }, two]);
    expect(editMessages(original, ([a, b]) => [b!, a!])).toEqual([two, one]);
    const whole = editMessages(conversation, ([a, b, c, ...rest]) => [a!, b!, c!, added, ...rest]);
    expect(whole[2]).toEqual({ ...results, content: [result1, written, result2, follow] });
    const same = { messages: [one!, one!] };
    expect(editMessages(same, (messages) => [...messages, { role: 'user', content: 'x' }]).slice(0, 2)).toEqual([
      one,
      one,
    ]);
  });

  it('knows by its id which call was edited while others went', () => {
    const second = { role: 'assistant', content: [thinking, call2] };
    const original = { messages: [{ role: 'assistant', content: [thinking, call1] }, second] };
    const [message] = editMessages(original, ([, b]) => [{ ...b!, content: [follow] }]);
    expect(message).toEqual({ role: 'assistant', content: [thinking, follow, call2] });
  });

  it('writes over what is no message, and gives a message of plain text its calls', () => {
    const call = { id: 'a', name: 'f', arguments: {} };
    expect(editMessages({ messages: ['x'] }, () => [{ role: 'unknown', content: 'y' }])).toEqual([
      { role: 'unknown', content: 'y' },
    ]);
    expect(
      editMessages({ messages: [{ role: 'assistant', content: 'Hi', x: 1 }] }, ([m]) => [
        { ...m!, tool_calls: [call] },
      ]),
    ).toEqual([
      {
        role: 'assistant',
        x: 1,
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'tool_use', id: 'a', name: 'f', input: {} },
        ],
      },
    ]);
  });
});

describe('editing system text', () => {
  const system = (original: unknown, instructions: string | undefined): unknown =>
    edit({ messages: [], system: original }, () => ({ instructions }))['system'];
  const block = (text: string, extra: object = {}) => ({ type: 'text', text, ...extra });
  const blocks = [block('a', { cache_control }), block('b\nc'), block('d', { cache_control })];

  it('keeps a string a string, and blocks blocks with their marks', () => {
    expect(system('a', 'b')).toBe('b');
    expect(system(undefined, 'b')).toBe('b');
    expect(system([], 'b')).toEqual([block('b')]);
    expect(system([block('a', { cache_control })], 'b')).toEqual([block('b', { cache_control })]);
    expect(system([block('a', { cache_control })], 'a\nb')).toEqual([block('a\nb', { cache_control })]);
  });

  it.each([
    ['a\nb\nX\nd', [blocks[0], block('b\nX'), blocks[2]]],
    ['a\nb\nc\nd\nmore', [blocks[0], blocks[1], block('d\nmore', { cache_control })]],
    ['first\na\nb\nc\nd', [block('first\na', { cache_control }), blocks[1], blocks[2]]],
    ['a\nX\nb\nc\nd', [block('a\nX', { cache_control }), blocks[1], blocks[2]]],
    ['a\nd', [blocks[0], blocks[2]]],
    ['a', [blocks[0]]],
    ['d', [blocks[2]]],
    ['X', [block('X', { cache_control })]],
    ['a\n\nd', [block('a\n', { cache_control }), blocks[2]]],
  ])('after the edit to %j touches only what differs', (edited, expected) => {
    expect(system(blocks, edited)).toEqual(expected);
  });

  it('always says what the edit says', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 3 }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(texts, fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1 }), (before, edited) => {
        const original = { messages: [], system: before.map((text) => block(text)) };
        const encoded = edit(original, () => ({ instructions: edited }));
        expect(decode(encoded).instructions).toBe(edited);
      }),
    );
  });

  it('leaves the field out when its text is taken away, but not blocks that are no text', () => {
    expect(edit({ messages: [], system: 'a' }, () => ({ instructions: undefined }))).toEqual({ messages: [] });
    expect(edit({ messages: [], system: blocks }, () => ({ instructions: '' }))).toEqual({ messages: [] });
    expect(system([...blocks, { type: 'new' }], undefined)).toEqual([{ type: 'new' }]);
    expect(system([{ type: 'new' }], '')).toEqual([{ type: 'new' }]);
  });

  it('takes in system messages that an edit adds, unless the conversation has its own', () => {
    const add = (original: object, ...contents: AnnotatedMessage['content'][]) =>
      edit({ messages: [question], ...original }, ({ messages }) => ({
        messages: [...contents.map((content) => ({ role: 'developer', content })), ...messages],
      }));
    expect(add({}, 'a', 'b')).toEqual({ messages: [question], system: 'a\nb' });
    expect(add({ system: 'x' }, 'a')).toEqual({ messages: [question], system: 'x\na' });
    expect(add({ system: 'x' }, [block('a')])['system']).toEqual([block('x'), block('a')]);
    expect(add({ system: blocks }, 'a', undefined, block('b'))['system']).toEqual([...blocks, block('a'), block('b')]);
    const own = { role: 'system', content: 'own' };
    expect(add({ messages: [own] }, 'a')).toEqual({ messages: [{ role: 'system', content: 'a' }, own] });
    expect(editMessages({ messages: [own] }, ([message]) => [{ ...message!, content: 'edited' }])).toEqual([
      { role: 'system', content: 'edited' },
    ]);
  });
});

describe('editing the rest of a request', () => {
  it('changes only the fields that were edited, and deletes those that are gone', () => {
    const original = { ...conversation, top_k: 3, stop_sequences: ['a'], metadata: { a: 1 }, x: 1 };
    const encoded = edit(original, ({ params: { top_k: _, ...params } }) => ({
      model: 'other',
      params: { ...params, temperature: 0, stop: ['b'], seed: 1, n: 2 },
      stream: true,
      extra: { metadata: { a: 2 } },
    }));
    const { top_k: _, x: _x, ...kept } = original;
    expect(encoded).toEqual({
      ...kept,
      model: 'other',
      temperature: 0,
      stop_sequences: ['b'],
      stream: true,
      metadata: { a: 2 },
    });
    expect(encoded.messages).toBe(original.messages);
  });

  it('keeps the settings of tools, and writes new ones in the shape of this API', () => {
    const original = { messages: [], tools };
    const encoded = edit(original, ({ tools: [first, ...rest] = [] }) => ({
      tools: [
        { ...first!, description: 'Edited.' },
        ...rest,
        { type: 'function', name: 'new', description: 'New.', parameters: { type: 'object', properties: {} } },
        { type: 'function', name: 'bare' },
        { type: 'web_fetch_20250910', name: 'web_fetch' },
        { type: 'browser_toolset_20260801', name: 'browser_toolset_20260801' },
      ],
    }))['tools'] as unknown[];
    expect(encoded).toEqual([
      { ...tools[0], description: 'Edited.' },
      ...tools.slice(1),
      { name: 'new', description: 'New.', input_schema: { type: 'object', properties: {} } },
      { name: 'bare', input_schema: { type: 'object' } },
      { type: 'web_fetch_20250910', name: 'web_fetch' },
      { type: 'browser_toolset_20260801' },
    ]);
    for (const [index, tool] of encoded.slice(1, tools.length).entries()) expect(tool).toBe(tools[index + 1]);
    expect(edit(original, () => ({ tools: undefined }))).toEqual({ messages: [] });
    expect(edit({ messages: [] }, () => ({ tools: [{ type: 'function', name: 'f' }] }))['tools']).toHaveLength(1);
  });

  it('writes a choice of tools in the words of this API, and keeps what stands beside it', () => {
    const choose = (tool_choice: unknown, original?: object): unknown =>
      edit({ messages: [], ...(original && { tool_choice: original }) }, () => ({ tool_choice }))['tool_choice'];
    const single = { type: 'tool', name: 'f', disable_parallel_tool_use: true };
    expect(choose('required')).toEqual({ type: 'any' });
    expect(choose('auto', single)).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(choose('none', single)).toEqual({ type: 'none' });
    expect(choose({ type: 'function', function: { name: 'g' } }, single)).toEqual({ ...single, name: 'g' });
    expect(choose({ type: 'function', name: 'g' })).toEqual({ type: 'tool', name: 'g' });
    expect(choose({ type: 'function' })).toEqual({ type: 'tool', name: '' });
    expect(choose({ type: 'new' }, single)).toEqual({ type: 'new' });
    expect(choose(undefined, single)).toBeUndefined();
  });

  it('makes a request of an annotated one that had no original', () => {
    const annotated = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], params: { max_tokens: 1 } };
    expect(anthropicMessages.encodeRequest(annotated, undefined)).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 1,
    });
  });
});

describe('a further request of a thread', () => {
  const original = {
    model: 'm',
    max_tokens: 1,
    messages: [question],
    thread: { type: 'continue', previous_message_id: 'msg_1' },
  };

  it('names the response that it continues', () => {
    expect(decode(original).previous_response_id).toBe('msg_1');
    expect(anthropicMessages.describe?.(original)).toMatchObject({ previous_response_id: 'msg_1' });
    expect(decode({ ...original, thread: { type: 'create' } }).previous_response_id).toBeUndefined();
  });

  it('is not given instructions and tools, which its provider refuses there; all else is changed', () => {
    const tool = { type: 'function', name: 'weather', parameters: { type: 'object' } };
    const change = { instructions: 'Be brief.', tools: [tool], params: { max_tokens: 7 } };
    expect(edit(original, () => change)).toEqual({ ...original, max_tokens: 7 });
    expect(edit({ ...original, thread: { type: 'create' } }, () => change)).toMatchObject({
      system: 'Be brief.',
      tools: [{ name: 'weather' }],
    });
  });

  it('has system messages that were added in its conversation', () => {
    const system: AnnotatedMessage = { role: 'system', content: 'Be brief.' };
    expect(editMessages(original, (messages) => [...messages, system])).toEqual([question, system]);
  });
});
