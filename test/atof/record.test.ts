// SPDX-License-Identifier: Apache-2.0
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/atof/event.ts';
import { type EventFields, EventRecord } from '../../src/atof/record.ts';
import { uuidV7 } from '../../src/atof/uuid.ts';
import { expectValidAtof } from '../support/formats/index.ts';

const start: EventFields = {
  kind: 'scope',
  scopeCategory: 'start',
  uuid: uuidV7(),
  parentUuid: null,
  micros: 1_795_210_000_000_007,
  name: 'find "it"\n',
  attributes: ['parallel', 'x.own'],
  category: 'tool',
  dataSchema: null,
};
const mark: EventFields = {
  ...start,
  kind: 'mark',
  scopeCategory: undefined,
  category: null,
  uuid: uuidV7(),
  attributes: [],
};
const metadata: JsonObject = { key: [1, null] };

describe('an event record', () => {
  it('prints all fields of a scope event, those without a value as null', () => {
    expect(JSON.parse(new EventRecord(start, {}, metadata, '{"q":1}').line())).toEqual({
      kind: 'scope',
      scope_category: 'start',
      atof_version: '0.1',
      uuid: start.uuid,
      parent_uuid: null,
      timestamp: '2026-11-20T21:26:40.000007Z',
      name: 'find "it"\n',
      attributes: ['parallel', 'x.own'],
      category: 'tool',
      category_profile: {},
      data: { q: 1 },
      data_schema: null,
      metadata: { key: [1, null] },
    });
  });

  it('prints a mark without the fields that only scopes have', () => {
    const line = JSON.parse(new EventRecord(mark, null, null, undefined).line()) as object;
    expect(Object.keys(line).toSorted()).toEqual([
      'atof_version',
      'category',
      'category_profile',
      'data',
      'data_schema',
      'kind',
      'metadata',
      'name',
      'parent_uuid',
      'timestamp',
      'uuid',
    ]);
  });

  it('prints lines that are valid ATOF, each without a line break', () => {
    const end = new EventRecord({ ...start, scopeCategory: 'end', micros: start.micros + 1 }, {}, null, '"done"');
    const lines = [
      new EventRecord(start, {}, metadata, '{"q":1}'),
      new EventRecord(mark, null, null, undefined),
      end,
    ].map((each) => each.line());
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    expectValidAtof(lines.join('\n'));
  });

  it('parses its payload once, and gives each reader one of its own', () => {
    const record = new EventRecord(start, null, null, '{"deep":[{"a":1}]}');
    expect(record.data).toEqual({ deep: [{ a: 1 }] });
    expect(record.data).toBe(record.data);
    const other = record.fork();
    expect(other.line()).toBe(record.line());
    expect(other.data).toEqual(record.data);
    expect(other.data).not.toBe(record.data);
  });

  it('is shown as the plain object of its line when somebody logs it', () => {
    const event = new EventRecord(start, null, metadata, '{"q":1}');
    expect(inspect(event)).toBe(inspect(event.toJSON()));
    expect(inspect(event)).toContain('data: { q: 1 }');
  });

  it('gives copies that may be changed without changing it', () => {
    const record = new EventRecord(start, {}, metadata, '{"secret":1}');
    const copy = record.copy() as { data: { secret?: number } | null; metadata: Record<string, unknown> };
    expect({ ...copy }).toEqual(JSON.parse(record.line()));
    delete copy.data?.secret;
    copy.metadata['key'] = 'changed';
    expect(copy).toMatchObject({ data: {}, metadata: { key: 'changed' } });
    copy.data = null;
    expect(copy.data).toBeNull();
    expect(record).toMatchObject({ data: { secret: 1 }, metadata });
  });

  it('prints the line that it holds now, also after a copy of it was printed', () => {
    const record = new EventRecord(start, null, metadata, '"secret"');
    expect([JSON.stringify(record), JSON.stringify(record.copy())]).toEqual([
      expect.stringContaining('secret'),
      expect.stringContaining('secret'),
    ]);
    record.amend({ payload: undefined, metadata: null });
    expect(JSON.parse(record.line())).toMatchObject({ data: null, metadata: null });
  });
});
