// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnnotatedMessage } from '../../src/codecs/annotated.ts';
import { bedrockConverse } from '../../src/codecs/bedrock-converse.ts';
import {
  blocks,
  otherBlocks,
  stopReasons,
  stream,
  systemBlocks,
  toolChoices,
  toolResultBlocks,
  tools,
} from './fixtures/bedrock-blocks.ts';

const models = new URL('../../node_modules/@aws-sdk/client-bedrock-runtime/dist-types/models/', import.meta.url);
const [shapes, enums] = ['models_0.d.ts', 'enums.d.ts'].map((file) =>
  readFileSync(new URL(file, models), 'utf8').replaceAll(/\/\*\*.*?\*\//gsu, ''),
) as [string, string];

function body(source: string, declaration: string): string {
  const found = new RegExp(`^export declare ${declaration} \\{([^]*?)^\\}`, 'mu').exec(source)?.[1];
  if (found === undefined) throw new Error(`${declaration} is not declared`);
  return found;
}

/** The field by which each member of a union is known: the one that is no `never`. */
function members(union: string): readonly string[] {
  const found = body(shapes, `namespace ${union}`).matchAll(/interface (\w+)Member \{([^]*?)\n {4}\}/gu);
  return [...found].map(([, , fields]) => /^ +(\w+): /mu.exec(fields!)![1]!).toSorted();
}

function fieldsOf(samples: readonly unknown[]): readonly string[] {
  return [...new Set(samples.flatMap((sample) => Object.keys(sample as object)))].toSorted();
}

const deltas = stream.flatMap(({ contentBlockDelta: event }) => (event?.delta ? [event.delta] : []));
const starts = stream.flatMap(({ contentBlockStart: event }) => (event?.start ? [event.start] : []));

describe('the fixtures have a sample of everything that the installed SDK declares', () => {
  it.each([
    ['ContentBlock', Object.keys(blocks)],
    ['ToolResultContentBlock', Object.keys(toolResultBlocks)],
    ['SystemContentBlock', Object.keys(systemBlocks)],
    ['Tool', Object.keys(tools)],
    ['ToolChoice', Object.keys(toolChoices)],
    ['ReasoningContentBlock', fieldsOf([blocks, otherBlocks].flatMap((of) => Object.values(of)).flatMap(reasoning))],
    ['ContentBlockDelta', fieldsOf(deltas)],
    ['ContentBlockStart', fieldsOf(starts)],
    ['ReasoningContentBlockDelta', fieldsOf(deltas.flatMap((delta) => delta.reasoningContent ?? []))],
    ['ToolResultBlockDelta', fieldsOf(deltas.flatMap((delta) => delta.toolResult ?? []))],
  ])('%s', (union, sampled) => {
    expect(sampled.toSorted()).toEqual(members(union));
  });

  it('ConverseStreamOutput, the errors apart, which the SDK throws', () => {
    const events = members('ConverseStreamOutput').filter((event) => !event.endsWith('Exception'));
    expect(fieldsOf(stream)).toEqual(events);
  });

  it('StopReason', () => {
    const values = [...body(enums, 'const StopReason:').matchAll(/: "(\w+)"/gu)].map(([, value]) => value!);
    expect(Object.keys(stopReasons).toSorted()).toEqual(values.toSorted());
  });
});

const samples = [...Object.values(blocks), ...otherBlocks].map((block) => [Object.keys(block).join(), block] as const);

describe.each(['user', 'assistant'])('in a message of the %s', (role) => {
  it('every block together survives an edit of the text beside it, and so do the tools and the system', () => {
    const all = samples.map(([, block]) => block);
    const request = {
      modelId: 'm',
      messages: [
        { role, content: [{ text: 'edit me' }, ...all, { text: 'the end' }] },
        { role, content: all },
      ],
      system: Object.values(systemBlocks),
      toolConfig: { tools: Object.values(tools) },
    };
    const decoded = bedrockConverse.decodeRequest(request)!;
    const [first, ...others] = structuredClone(decoded.messages);
    const [text, ...content] = first!.content as readonly Record<string, unknown>[];
    expect(text).toEqual({ type: 'text', text: 'edit me' });
    const changed = { ...first, content: [{ type: 'text', text: 'edited' }, ...content] } as AnnotatedMessage;
    const encoded = bedrockConverse.encodeRequest(
      { ...decoded, messages: [changed, ...others] },
      request,
    ) as typeof request;
    expect([encoded.toolConfig, encoded.system]).toEqual([request.toolConfig, request.system]);
    expect(encoded.toolConfig).toBe(request.toolConfig);
    expect(encoded.system).toBe(request.system);
    expect(encoded.messages[1]).toBe(request.messages[1]);
    const [edited, ...kept] = encoded.messages[0]!.content;
    expect(edited).toEqual({ text: 'edited' });
    expect(kept.length).toBe(all.length + 1);
    expect(kept.every((block, index) => block === request.messages[0]!.content[index + 1])).toBe(true);
  });

  it.each(samples)('a block of %s comes back as itself, alone and before another message', (_, block) => {
    const single = { modelId: 'm', messages: [{ role, content: [block] }] };
    const decoded = bedrockConverse.decodeRequest(single)!;
    expect(decoded.messages.length).toBe(1);
    expect(bedrockConverse.encodeRequest(structuredClone(decoded), single)).toBe(single);
    const answer = { role: role === 'user' ? 'assistant' : 'user', content: 'More.' };
    const encoded = bedrockConverse.encodeRequest({ ...decoded, messages: [...decoded.messages, answer] }, single);
    const [kept, added] = (encoded as typeof single).messages;
    expect(kept).toBe(single.messages[0]);
    expect(added).toEqual({ role: answer.role, content: [{ text: 'More.' }] });
  });
});

it.each(Object.entries(stopReasons))('the reason %s to stop is %s', (stopReason, expected) => {
  const response = { output: { message: { role: 'assistant', content: [{ text: 'x' }] } }, stopReason };
  expect(bedrockConverse.decodeResponse(response)).toEqual({
    message: 'x',
    finish_reason: expected,
    finish_reasons: [stopReason],
  });
});

it.each(Object.values(toolChoices))('the choice %j is %j and back', (toolChoice, expected) => {
  const toolConfig = { tools: [tools.toolSpec] };
  const decoded = bedrockConverse.decodeRequest({ messages: [], toolConfig: { ...toolConfig, toolChoice } })!;
  expect(decoded.tool_choice).toEqual(expected);
  expect(bedrockConverse.encodeRequest(decoded, { messages: [], toolConfig })).toEqual({
    messages: [],
    toolConfig: { ...toolConfig, toolChoice },
  });
});

function reasoning(block: (typeof otherBlocks)[number]): readonly object[] {
  return block.reasoningContent ? [block.reasoningContent] : [];
}
