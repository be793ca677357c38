// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, Codec } from '../../src/codecs/annotated.ts';
import {
  anthropicMessages,
  bedrockConverse,
  geminiGenerateContent,
  openaiChat,
  openaiResponses,
} from '../../src/codecs/index.ts';
import { messagePairing } from '../../src/codecs/message-pairing.ts';
import { patchList } from '../../src/codecs/patch.ts';

type Messages = AnnotatedRequest['messages'];

/** The messages on the wire after an edit of what they were read as. */
function edit(codec: Codec, content: Readonly<Record<string, unknown>>, change: (messages: Messages) => Messages) {
  const decoded = structuredClone(codec.decodeRequest(content)!);
  const encoded = codec.encodeRequest({ ...decoded, messages: change(decoded.messages) }, content);
  const { messages, input, contents } = encoded as Record<string, readonly unknown[]>;
  return messages ?? input ?? contents ?? [];
}

const say = (role: string) => fc.record({ role: fc.constant(role), content: fc.string({ maxLength: 3 }) });
const ask = fc.record({ role: fc.constant('assistant'), args: fc.nat(9) });
const answer = fc.record({ role: fc.constant('tool'), content: fc.string({ maxLength: 3 }) });
const anything = fc.oneof(say('user'), say('assistant'), ask, answer);
/** What happens to a message, and one that may come after an untouched one. */
const step = fc.record({ message: anything, fate: fc.constantFrom('keep', 'keep', 'edit', 'remove') });

function messageOf(fields: { role: string; content?: string; args?: number }, number: string): AnnotatedMessage {
  const { role, content, args } = fields;
  if (role === 'tool') return { role, tool_call_id: `c${number}`, content: `${number} ${content}` };
  if (args !== undefined) return { role, tool_calls: [{ id: `c${number}`, name: 'f', arguments: { args, number } }] };
  return { role, content: `${number} ${content}` };
}

function reworded(message: AnnotatedMessage): AnnotatedMessage {
  const { tool_calls: calls } = message;
  if (calls) return { ...message, tool_calls: calls.map((call) => ({ ...call, arguments: 'redacted' })) };
  return { ...message, content: `[redacted] ${message.role === 'tool' ? '' : (message.content as string)}` };
}

it('whatever was removed, added and edited: what is new has no hidden field of another, and what is not keeps its object', () => {
  const write = (item: AnnotatedMessage, _: unknown, original?: Json) =>
    [{ ...(original as object), ...item }] as unknown as readonly Json[];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.array(anything, { maxLength: 3 }), (steps, added) => {
      const before = steps.map(({ message }, index) => messageOf(message, String(index)));
      const originals = before.map((message, hidden) => ({ ...message, hidden })) as unknown as readonly Json[];
      const rest = steps.flatMap(({ fate }, index) => {
        const message = before[index] as AnnotatedMessage;
        if (fate === 'remove') return [];
        return [{ source: index, fate, message: fate === 'edit' ? reworded(message) : message }];
      });
      // Behind something changed, a new message cannot be told from an edit of a removed one.
      fc.pre(steps.length === 0 || steps.at(-1)?.fate === 'keep');
      const fresh = added.map((fields, index) => messageOf(fields, `new ${index}`));
      const after = [...rest.map(({ message }) => message), ...fresh];
      const patched = patchList(originals, before, after, { ...messagePairing, write }) as readonly {
        readonly hidden?: number;
      }[];
      expect(patched.map(({ hidden: _, ...message }) => message)).toEqual(after);
      for (const [place, { source, fate, message }] of rest.entries()) {
        expect(fate !== 'keep' || patched[place] === originals[source]).toBe(true);
        // Calls and results are known by their ids wherever they stand; texts may lose what is hidden, never take another's.
        const known = message.tool_calls !== undefined || message.role === 'tool';
        expect(known ? [source] : [source, undefined]).toContain(patched[place]?.hidden);
      }
      expect(patched.slice(rest.length)).toEqual(fresh);
    }),
    { numRuns: 500 },
  );
});

describe('a window that slides over the messages', () => {
  const round = (id: string, name: string): Messages => [
    { role: 'assistant', tool_calls: [{ id, name, arguments: {} }] },
    { role: 'tool', tool_call_id: id, content: `of ${name}` },
  ];

  it('gives a new tool result nothing of the one that went', () => {
    const content = {
      messages: [
        { role: 'user', content: 'u' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 't1', name: 'f', input: {}, caller: { type: 'direct' } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'failed' }] },
      ],
    };
    const fresh = [
      { role: 'assistant', content: [{ type: 'tool_use', id: 't2', name: 'g', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't2', content: 'of g' }] },
    ];
    expect(edit(anthropicMessages, content, ([user]) => [user!, ...round('t2', 'g')])).toEqual([
      content.messages[0],
      ...fresh,
    ]);
    const longer = { messages: [...content.messages, { role: 'assistant', content: 'done' }] };
    expect(edit(anthropicMessages, longer, ([user, , , done]) => [user!, done!, ...round('t2', 'g')])).toEqual([
      content.messages[0],
      longer.messages[3],
      ...fresh,
    ]);
  });

  it('gives a new turn of Bedrock no status, and a new part of Gemini no signature', () => {
    const converse = {
      modelId: 'm',
      messages: [
        { role: 'user', content: [{ text: 'u' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'f', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 't1', status: 'error', content: [{ text: 'no' }] } }] },
      ],
    };
    expect(edit(bedrockConverse, converse, ([user]) => [user!, ...round('t2', 'g')])).toEqual([
      converse.messages[0],
      { role: 'assistant', content: [{ toolUse: { toolUseId: 't2', name: 'g', input: {} } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 't2', content: [{ text: 'of g' }] } }] },
    ]);
    const contents = [
      { role: 'user', parts: [{ text: 'u' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 's' }] },
    ];
    const renamed = edit(geminiGenerateContent, { contents }, ([user]) => [user!, round('', 'g')[0]!]);
    expect(renamed[1]).toEqual({ role: 'model', parts: [{ functionCall: { name: 'g', args: {} } }] });
    const call = { id: '', name: 'f', arguments: { a: 1 } };
    const kept = edit(geminiGenerateContent, { contents }, ([user]) => [
      user!,
      { role: 'assistant', tool_calls: [call] },
    ]);
    expect(kept[1]).toEqual({
      role: 'model',
      parts: [{ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 's' }],
    });
  });

  it('gives a new message of Chat no audio, and a new item of Responses no id', () => {
    const messages = [
      { role: 'user', content: 'u1', vendor: 1 },
      { role: 'assistant', content: null, audio: { id: 'audio_1' } },
      { role: 'user', content: 'u2' },
    ];
    const fresh = [
      { role: 'assistant', content: 'fresh' },
      { role: 'user', content: 'u3' },
    ];
    expect(edit(openaiChat, { messages }, (read) => [...read.slice(2), ...fresh])).toEqual([messages[2], ...fresh]);
    const input = [
      { role: 'user', content: 'u' },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{}', status: 'completed' },
      { type: 'function_call_output', id: 'fco_1', call_id: 'c1', output: 'r' },
    ];
    expect(edit(openaiResponses, { input }, ([user]) => [user!, ...round('c2', 'g')])).toEqual([
      input[0],
      { type: 'function_call', call_id: 'c2', name: 'g', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c2', output: 'of g' },
    ]);
  });

  it('keeps the later one of two messages that say the same', () => {
    const messages = ['ok', 'a', 'ok', 'b'].map((content, vendor) => ({ role: 'user', content, vendor }));
    const patched = edit(openaiChat, { messages: [{ role: 'system', content: 's' }, ...messages] }, (read) => [
      ...read.slice(3),
      { role: 'user', content: 'c' },
    ]);
    expect(patched.slice(0, 2)).toEqual(messages.slice(2));
    expect(patched[0]).toBe(messages[2]);
  });
});

it('a message of which all but calls or reasoning changed is still that message', () => {
  const content = [
    { type: 'thinking', thinking: 'T', signature: 'S' },
    { type: 'text', text: 'x' },
  ];
  const messages = [
    { role: 'user', content: 'u' },
    { role: 'assistant', content: 'old' },
    { role: 'assistant', content },
  ];
  const patched = edit(anthropicMessages, { messages }, ([user, , last]) => [
    user!,
    { ...last!, content: [{ type: 'text', text: 'y' }] },
  ]);
  expect(patched[1]).toEqual({ role: 'assistant', content: [content[0], { type: 'text', text: 'y' }] });
});
