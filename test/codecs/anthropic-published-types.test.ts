// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../src/codecs/anthropic-messages.ts';
import { requestBlocks, responseBlocks, toolChoices, toolResultParts } from './fixtures/anthropic-blocks.ts';
import { stream } from './fixtures/anthropic-stream.ts';

const resources = new URL('../../node_modules/@anthropic-ai/sdk/resources/', import.meta.url);
const [stable, beta] = ['messages/messages.d.ts', 'beta/messages/messages.d.ts'].map((path) =>
  readFileSync(new URL(path, resources), 'utf8').replaceAll(/\/\*\*.*?\*\//gsu, ''),
) as [string, string];

/** What a declaration says on the right of its name: the fields of an interface, or the members of a union. */
function declaration(name: string): string {
  const source = name.startsWith('Beta') ? beta : stable;
  const form = new RegExp(`^export (?:interface ${name} \\{([^]*?)^\\}|type ${name} = ([^;]*);)`, 'mu').exec(source);
  if (!form) throw new Error(`${name} is not declared`);
  return form[1] ?? form[2]!;
}

/** The `type` of each member of a published union, however deep its unions are nested. */
function typesOf(name: string): readonly string[] {
  const body = declaration(name);
  const own = /^ {4}type: '(\w+)'/mu.exec(body)?.[1];
  if (own !== undefined) return [own];
  return body.split('|').flatMap((member) => typesOf(member.trim().replace(/^\w+\./u, '')));
}

function sampled(samples: readonly { type: string }[]): readonly string[] {
  return samples.map((sample) => sample.type);
}

const deltas = stream.flatMap((event) => (event.type === 'content_block_delta' ? [event.delta] : []));

describe('the fixtures have a sample of everything that the installed SDK declares', () => {
  it.each([
    ['ContentBlockParam', requestBlocks],
    ['BetaContentBlockParam', requestBlocks],
    ['ContentBlock', responseBlocks],
    ['BetaContentBlock', responseBlocks],
    ['RawContentBlockDelta', deltas],
    ['BetaRawContentBlockDelta', deltas],
    ['RawMessageStreamEvent', stream],
    ['BetaRawMessageStreamEvent', stream],
    ['ToolChoice', toolChoices],
    ['BetaToolChoice', toolChoices],
  ])('of every %s', (name, samples) => {
    expect(typesOf(name).length).toBeGreaterThan(3);
    expect(sampled(samples)).toEqual(expect.arrayContaining([...typesOf(name)]));
  });

  it.each(['ToolResultBlockParam', 'BetaToolResultBlockParam'])('of everything that a %s holds', (name) => {
    const members = /content\?: string \| Array<(.*)>;/u.exec(declaration(name))?.[1]?.split(' | ') ?? [];
    expect(members.length).toBeGreaterThan(3);
    expect(sampled(toolResultParts)).toEqual(expect.arrayContaining(members.flatMap(typesOf)));
  });
});

it('keeps every tool of the provider apart from those of the application', () => {
  const types = declaration('BetaToolUnion')
    .split(' | ')
    .flatMap((name) => /^ {4}type: '(\w+)'/mu.exec(declaration(name))?.[1] ?? []);
  expect(types.length).toBeGreaterThan(20);
  const tools = types.map((type) => ({ type, name: `the ${type}` }));
  expect(anthropicMessages.decodeRequest({ messages: [], tools })?.tools).toEqual(tools);
});

it('reads every field that the SDK declares for a request, or keeps it in extra', () => {
  const params = 'export interface MessageCreateParamsBase {';
  const names = [stable, beta].flatMap((source) => {
    const [, rest = ''] = source.split(params);
    return [...rest.split('\n}')[0]!.matchAll(/^ {4}(\w+)\??:/gmu)].map(([, name]) => name!);
  });
  expect(names).toEqual(expect.arrayContaining(['max_tokens', 'thinking', 'mcp_servers', 'betas']));
  const read = ['model', 'messages', 'max_tokens', 'stop_sequences', 'stream', 'system', 'tool_choice', 'tools'];
  const extra = Object.fromEntries(names.filter((name) => !read.includes(name)).map((name) => [name, { is: name }]));
  expect(anthropicMessages.decodeRequest({ messages: [], ...extra })?.extra).toEqual(extra);
});

it('gives every declared reason to stop a meaning, or keeps it as it is', () => {
  const reasons = declaration('BetaStopReason').match(/\w+/gu) ?? [];
  const meant = reasons.map((stop_reason) => {
    const decoded = anthropicMessages.decodeResponse({ type: 'message', content: [], stop_reason });
    expect(decoded?.finish_reasons).toEqual([stop_reason]);
    return [stop_reason, decoded?.finish_reason];
  });
  expect(Object.fromEntries(meant)).toEqual({
    end_turn: 'complete',
    stop_sequence: 'complete',
    max_tokens: 'length',
    model_context_window_exceeded: 'length',
    tool_use: 'tool_use',
    refusal: 'content_filter',
    pause_turn: 'pause_turn',
    compaction: 'compaction',
  });
});
