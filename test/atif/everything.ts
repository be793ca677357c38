// SPDX-License-Identifier: Apache-2.0
import { toMicros } from '../../src/atof/clock.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import { EventRecord } from '../../src/atof/record.ts';
import { asking, eventStream, FAILED, result, said, system, user } from './event-stream.ts';

/** One of everything: nested agents, attempts, failures, rejections, results from either side, unscoped calls. */
export function everything(): readonly AtofEvent[] {
  const stream = eventStream();
  stream.start('agent', 'a', { name: 'parent', metadata: { root_uuid: 'root' } });
  const calls = asking(['c1', 'add', '{"a":1}'], ['c2', 'delegate', '{}'], ['c3', 'add', '[]'], ['', 'add', '']);
  const first = [system('Be brief.'), user('Hi')];
  stream.start('llm', 'l1', {
    parent: 'a',
    data: { headers: {}, content: { model: 'm', messages: first, tools: [] } as never },
  });
  stream.chat('l2', first, calls, { parent: 'l1', startMetadata: { 'flow.attempt': 2 } });
  stream.end('l1', { data: { choices: [{ message: calls }] } as never, metadata: { 'flow.usage': null } });
  stream.tool('t1', 'add', { a: 1 }, 1, { parent: 'a', profile: { tool_call_id: 'c1' } });
  stream.start('tool', 't2', { parent: 'a', name: 'delegate', profile: { tool_call_id: 'c2' } });
  stream.start('agent', 'b', { parent: 't2', name: 'child' });
  stream.chat('l3', [user('Old'), said('Old'), user('Sub')], said('Sub done'), {
    parent: 'b',
    response: { usage: { prompt_tokens: 3 } },
  });
  stream.tool('t3', 'look', 'text', { seen: true }, { parent: 'b' });
  stream.end('b', { data: 'Sub done' });
  stream.end('t2', { data: null, metadata: FAILED });
  stream.mark('add', {
    parent: 'a',
    data: { rejected: true, rejection_reason: 'no' },
    profile: { tool_call_id: 'c3' },
  });
  stream.mark('openai', { parent: 'a', data: { rejected: true } });
  stream.chat('l4', [...first, calls, result('c1', '1'), result('c2', 'x'), user('More')], null, {
    parent: 'a',
    metadata: FAILED,
  });
  stream.end('a');
  stream.start('llm', 'l5', { data: { headers: {}, content: { contents: [] } } });
  stream.end('l5', { data: 'unknown' });
  return stream.events;
}

/** The event as the runtime emits it. */
export function toRecord(event: AtofEvent): EventRecord {
  const { uuid, name, metadata, category_profile: profile, category } = event;
  const fields = {
    kind: event.kind,
    scopeCategory: event.kind === 'scope' ? event.scope_category : undefined,
    uuid,
    parentUuid: event.parent_uuid,
    micros: toMicros(event.timestamp),
    name,
    attributes: [],
    category,
    dataSchema: null,
  };
  return new EventRecord(fields, profile, metadata, event.data === null ? undefined : JSON.stringify(event.data));
}
