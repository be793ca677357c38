// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedMessage, AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { canonicalJson } from '../../src/codecs/canonical-json.ts';
import { changedPaths } from './changed-paths.ts';
import { hostileValues } from './hostile-values.ts';
import { type Surface, surfaces } from './surfaces.ts';

function decode({ codec }: Surface, content: unknown): AnnotatedRequest {
  const decoded = codec.decodeRequest(content);
  if (!decoded) throw new Error(`not a request of ${codec.id}`);
  // A copy, so that nothing is found unchanged just because it is the same object.
  return structuredClone(decoded);
}

/** Applies one edit and gives where the payload changed, and what it says then. */
function edit(surface: Surface, content: unknown, change: (decoded: AnnotatedRequest) => AnnotatedRequest) {
  const edited = change(decode(surface, content));
  const encoded = surface.codec.encodeRequest(edited, content);
  return { edited, encoded, paths: changedPaths(content, encoded), again: decode(surface, encoded) };
}

function check(surface: Surface, property: (content: Readonly<Record<string, unknown>>, pick: number) => void): void {
  fc.assert(fc.property(surface.requests, fc.nat(), property), { numRuns: 60 });
}

/** The message with another text, or undefined where it has none. */
function reworded(message: AnnotatedMessage): AnnotatedMessage | undefined {
  const { content } = message;
  if (typeof content === 'string') return { ...message, content: 'reworded' };
  if (!Array.isArray(content)) return undefined;
  const index = content.findIndex((part) => typeof part?.text === 'string');
  return index < 0 ? undefined : { ...message, content: content.with(index, { ...content[index], text: 'reworded' }) };
}

/**
 * What messages say. Where neighbours of one role are one turn of the provider, it is all that counts who says what: they are put together
 * when a message between them goes.
 */
function said({ joinsTurns }: Surface, messages: readonly AnnotatedMessage[]): readonly unknown[] {
  if (!joinsTurns) return messages;
  const pieces = messages.flatMap(({ role, content, tool_calls: calls = [], ...rest }) => [
    ...(typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : []).map(
      (part) => [role, part],
    ),
    ...calls.map((call) => [role, call]),
    ...(Object.keys(rest).length === 0 ? [] : [[role, rest]]),
  ]);
  return pieces.map((piece) => canonicalJson(piece)).toSorted();
}

const appended: AnnotatedMessage = { role: 'user', content: 'appended' };

describe.each(surfaces.map((surface) => [surface.codec.id, surface] as const))('%s', (_, surface) => {
  const { codec, fields } = surface;

  it('gives the very request when nothing was edited, and never changes what it is given', () => {
    check(surface, (content) => {
      const before = structuredClone(content);
      expect(codec.encodeRequest(decode(surface, content), content)).toBe(content);
      codec.encodeRequest({ messages: [appended], params: {} }, content);
      expect(content).toEqual(before);
    });
  });

  it('writes another model there alone', () => {
    check(surface, (content) => {
      const { paths, again } = edit(surface, content, (decoded) => ({ ...decoded, model: 'another' }));
      expect(paths).toEqual([fields.model]);
      expect(again.model).toBe('another');
    });
  });

  it.runIf(fields.temperature)('writes one parameter there alone, and takes it away again', () => {
    check(surface, (content) => {
      const set = (temperature: number | undefined) =>
        edit(surface, content, ({ params: { temperature: _was, ...params }, ...decoded }) => ({
          ...decoded,
          params: temperature === undefined ? params : { ...params, temperature },
        }));
      const { paths, again } = set(0.125);
      expect(paths).toHaveLength(1);
      expect(fields.temperature).toContain(paths[0]);
      expect(again.params.temperature).toBe(0.125);
      const removed = set(undefined);
      expect(removed.paths.filter((path) => !fields.temperature?.includes(path))).toEqual([]);
      expect(removed.again.params.temperature).toBeUndefined();
    });
  });

  it.runIf(fields.instructions)('writes the instructions there alone', () => {
    check(surface, (content) => {
      const { paths, again } = edit(surface, content, (decoded) => ({ ...decoded, instructions: 'Be another.' }));
      const elsewhere = paths.filter((path) => !within(path, fields.instructions ?? []));
      expect(elsewhere).toEqual([]);
      const system = again.messages.find((message) => message.role === 'system');
      expect(again.instructions ?? system?.content).toBe('Be another.');
    });
  });

  it.runIf(fields.tools)('writes the description of one tool there alone', () => {
    check(surface, (content, pick) => {
      const tools = decode(surface, content).tools ?? [];
      const described = tools.flatMap((tool, index) => (tool.description === undefined ? [] : [index]));
      fc.pre(described.length > 0);
      const index = described[pick % described.length] as number;
      const { paths, again, edited } = edit(surface, content, (decoded) => ({
        ...decoded,
        tools: tools.map((tool, at) => (at === index ? { ...tool, description: 'Another.' } : tool)),
      }));
      expect(paths).toHaveLength(1);
      expect(within(paths[0] ?? '', fields.tools ?? [])).toBe(true);
      expect(paths[0]).toMatch(/\.description$/);
      expect(again.tools).toEqual(edited.tools);
    });
  });

  it('writes the text of one message into the item that has it, and nowhere else', () => {
    check(surface, (content, pick) => {
      const { messages } = decode(surface, content);
      const editable = messages.flatMap((message, index) => (reworded(message) ? [index] : []));
      fc.pre(editable.length > 0);
      const index = editable[pick % editable.length] as number;
      const other = reworded(messages[index] as AnnotatedMessage) as AnnotatedMessage;
      const { paths, again } = edit(surface, content, (decoded) => ({
        ...decoded,
        messages: messages.with(index, other),
      }));
      expect(paths.every((path) => within(path, [fields.messages]))).toBe(true);
      expect(new Set(paths.map((path) => path.split('.').slice(0, 2).join('.'))).size).toBeLessThanOrEqual(1);
      expect(again.messages).toEqual(messages.with(index, other));
    });
  });

  it('takes one message out and leaves the others as they were', () => {
    check(surface, (content, pick) => {
      const { messages } = decode(surface, content);
      fc.pre(messages.length > 0);
      const index = pick % messages.length;
      // Two halves of one turn, or two turns, that the message kept apart become one.
      fc.pre(!surface.joinsTurns || messages[index - 1]?.role !== messages[index + 1]?.role);
      const rest = messages.toSpliced(index, 1);
      const { paths, again } = edit(surface, content, (decoded) => ({ ...decoded, messages: rest }));
      expect(paths.filter((path) => !within(path, [fields.messages]))).toEqual([]);
      expect(said(surface, again.messages)).toEqual(said(surface, rest));
    });
  });

  it('appends one message and leaves the others as they were', () => {
    check(surface, (content) => {
      const { paths, again, edited } = edit(surface, content, (decoded) => ({
        ...decoded,
        messages: [...decoded.messages, appended],
      }));
      expect(paths.filter((path) => !within(path, [fields.messages]))).toEqual([]);
      expect(said(surface, again.messages)).toEqual(said(surface, edited.messages));
    });
  });

  it('does not throw over hostile values, wherever they are', () => {
    for (const hostile of hostileValues()) {
      const values = [hostile, ...NAMES.flatMap((name) => [{ [name]: hostile }, { [name]: [hostile] }])];
      for (const value of [...values, ...around(surface, hostile)]) {
        expect(() => {
          codec.decodeRequest(value);
          codec.decodeResponse(value);
          accumulate(surface, [value]);
        }).not.toThrow();
      }
    }
  });

  it('adds up chunks in any order and among anything without throwing, and gives the same response twice', () => {
    const chunk = fc.oneof(fc.constantFrom(...surface.chunks), fc.anything());
    fc.assert(
      fc.property(fc.array(chunk), (chunks) => {
        const accumulator = codec.accumulator();
        for (const one of chunks) accumulator.push(one);
        const first = accumulator.response();
        const copy = structuredClone(first);
        expect(accumulator.response()).toEqual(first);
        codec.decodeResponse(first);
        for (const one of chunks) accumulator.push(one);
        accumulator.response();
        expect(first).toEqual(copy);
      }),
      { numRuns: 60 },
    );
  });

  it('adds up chunks as they were, whatever their reader makes of them later', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...surface.chunks)), (chunks) => {
        const kept = codec.accumulator();
        for (const one of chunks) {
          const read = structuredClone(one);
          kept.push(read);
          spoil(read);
        }
        expect(kept.response()).toEqual(accumulate(surface, chunks));
      }),
      { numRuns: 200 },
    );
  });

  it.runIf(surface.stream)('gives the same text however a stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (pieces) => {
        const whole = pieces.join('');
        fc.pre(whole !== '');
        const told = (parts: readonly string[]) =>
          codec.decodeResponse(accumulate(surface, surface.stream?.(parts) ?? []))?.message;
        expect(told(pieces)).toBe(whole);
        expect(told([whole])).toBe(whole);
        expect(told(whole.split(''))).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });
});

const NAMES = ['messages', 'input', 'contents', 'choices', 'output', 'content', 'candidates', 'data', 'type', 'usage'];

/** A known chunk with something hostile in each of its fields, two levels deep. */
function around({ chunks }: Surface, hostile: unknown): readonly unknown[] {
  return chunks.flatMap((chunk) => {
    const known = chunk as Record<string, unknown>;
    return Object.keys(known).flatMap((name) => {
      const inner = known[name];
      if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return [{ ...known, [name]: hostile }];
      const deeper = Object.keys(inner).map((key) => ({ ...known, [name]: { ...inner, [key]: hostile } }));
      return [{ ...known, [name]: hostile }, ...deeper];
    });
  });
}

/** Changes everything in a value that can be changed. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const inner of Object.values(value)) spoil(inner);
  if (Array.isArray(value)) value.push('spoilt');
  else for (const name of [...Object.keys(value), 'spoilt']) (value as Record<string, unknown>)[name] = 'spoilt';
}

function accumulate({ codec }: Surface, chunks: readonly unknown[]): unknown {
  const accumulator = codec.accumulator();
  for (const chunk of chunks) accumulator.push(chunk);
  return accumulator.response();
}

function within(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}.`));
}
