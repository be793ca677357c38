// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from 'vitest';
import { type AtofEvent, type Registration, flow } from '../../src/api/index.ts';
import { runTool } from '../../src/instrument/managed-tool.ts';
import { failedResult, failureOf } from '../../src/instrument/mcp-result.ts';

const ends: AtofEvent[] = [];
const registered: Registration[] = [];
afterEach(() => {
  for (const each of registered.splice(0)) each.remove();
  ends.splice(0);
});
function record(): void {
  const keep = (event: AtofEvent): void => {
    if (event.kind === 'scope' && event.scope_category === 'end') ends.push(event);
  };
  registered.push(flow.addSubscriber('ends', keep));
}

const call = { name: 'look', args: { a: 1 } };
/** What a client of a protocol makes of one call of the framework's. */
const overProtocol = (answer: () => unknown): Promise<unknown> =>
  runTool({ by: 'mcp', ...call, failed: failureOf }, answer);

describe('a tool that a framework calls over a protocol', () => {
  it('is one call, which fails when the answer says so, whatever the framework makes of that', async () => {
    record();
    const told = await runTool({ by: 'framework', ...call }, async () =>
      JSON.stringify(await overProtocol(() => failedResult('not there'))),
    );
    await flow.flush();
    expect(told).toBe('{"content":[{"type":"text","text":"not there"}],"isError":true}');
    expect(ends.map(({ metadata }) => metadata)).toEqual([
      expect.objectContaining({ 'otel.status_code': 'ERROR', 'error.type': 'tool_error' }),
    ]);
  });

  it('is one that succeeds when the framework asks again and gets an answer', async () => {
    record();
    const answers = [failedResult('busy'), { content: [] }];
    await runTool({ by: 'framework', ...call }, async () => {
      await overProtocol(() => answers.shift());
      return overProtocol(() => answers.shift());
    });
    await flow.flush();
    expect(ends.map(({ metadata }) => metadata?.['otel.status_code'])).toEqual(['OK']);
  });
});
