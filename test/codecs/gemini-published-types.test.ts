// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnnotatedMessage } from '../../src/codecs/annotated.ts';
import { geminiGenerateContent } from '../../src/codecs/gemini-generate-content.ts';
import { finishReasons, modes, parts, tools } from './fixtures/gemini-parts.ts';

const source = readFileSync(
  new URL('../../node_modules/@google/genai/dist/genai.d.ts', import.meta.url),
  'utf8',
).replaceAll(/\/\*\*.*?\*\//gsu, '');

/** The names that a declaration lists: the fields of an interface, or the members of an enum. */
function names(declaration: string): readonly string[] {
  const body = new RegExp(`^export declare ${declaration} \\{([^]*?)^\\}`, 'mu').exec(source)?.[1];
  if (body === undefined) throw new Error(`${declaration} is not declared`);
  return [...body.matchAll(/^ {4}(\w+)(?:\?:| =)/gmu)].map(([, name]) => name!).toSorted();
}

describe('the fixtures have a sample of everything that the installed SDK declares', () => {
  it.each([
    ['interface Part', Object.keys(parts)],
    ['interface Tool', tools.flatMap((tool) => Object.keys(tool))],
    ['enum FinishReason', Object.keys(finishReasons)],
    ['enum FunctionCallingConfigMode', Object.keys(modes)],
  ])('%s', (declaration, sampled) => {
    expect([...new Set(sampled)].toSorted()).toEqual(names(declaration));
  });
});

const samples = Object.entries(parts);

describe.each(['user', 'model'])('in a turn of the %s', (role) => {
  const request = {
    contents: [
      { role, parts: [{ text: 'edit me' }, ...Object.values(parts), { text: 'the end' }] },
      { role, parts: Object.values(parts) },
    ],
    tools,
  };

  it('every part together survives an edit of the text beside it, and so do the tools and the other turn', () => {
    const decoded = geminiGenerateContent.decodeRequest(request)!;
    const [first, ...others] = structuredClone(decoded.messages);
    const [text, ...content] = first!.content as readonly Record<string, unknown>[];
    expect(text).toEqual({ type: 'text', text: 'edit me' });
    const messages = [
      { ...first, content: [{ type: 'text', text: 'edited' }, ...content] } as AnnotatedMessage,
      ...others,
    ];
    const encoded = geminiGenerateContent.encodeRequest({ ...decoded, messages }, request) as typeof request;
    expect(encoded.tools).toBe(tools);
    expect(encoded.contents[1]).toBe(request.contents[1]);
    const [edited, ...kept] = encoded.contents[0]!.parts;
    expect(edited).toEqual({ text: 'edited' });
    expect(kept.every((part, index) => part === request.contents[0]!.parts[index + 1])).toBe(true);
    expect(encoded.contents[0]!.parts.length).toBe(request.contents[0]!.parts.length);
  });

  it.each(samples)('a part with %s comes back as itself, alone and beside an edited one', (_, part) => {
    const single = { contents: [{ role, parts: [part] }] };
    const decoded = geminiGenerateContent.decodeRequest(single)!;
    expect(decoded.messages.length).toBe(1);
    expect(geminiGenerateContent.encodeRequest(structuredClone(decoded), single)).toBe(single);
    const messages = [...decoded.messages, { role: 'user', content: 'More.' }];
    const encoded = geminiGenerateContent.encodeRequest({ ...decoded, messages }, single) as typeof single;
    expect(encoded).toEqual({ contents: [...single.contents, { role: 'user', parts: [{ text: 'More.' }] }] });
    expect(encoded.contents[0]).toBe(single.contents[0]);
  });
});

it.each(Object.entries(finishReasons))('the finish reason %s is %s', (finishReason, expected) => {
  const response = { candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason }] };
  expect(geminiGenerateContent.decodeResponse(response)).toMatchObject({
    finish_reason: expected,
    finish_reasons: [finishReason],
  });
});

it.each(Object.entries(modes))('the mode of calling %s is the choice %j', (mode, expected) => {
  const request = { contents: [], toolConfig: { functionCallingConfig: { mode }, retrievalConfig: {} } };
  const decoded = geminiGenerateContent.decodeRequest(request)!;
  expect(decoded.tool_choice).toEqual(expected);
  const encoded = geminiGenerateContent.encodeRequest(decoded, { contents: [] });
  expect(encoded).toEqual({ contents: [], toolConfig: { functionCallingConfig: { mode } } });
});
