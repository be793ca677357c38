// SPDX-License-Identifier: Apache-2.0
import { expect, onTestFinished, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';

const forThisTest = ({ remove }: { remove(): unknown }): void => onTestFinished(() => void remove());
const args = { path: 'skills/pdf/SKILL.md' };
const read = (metadata?: Record<string, unknown>): Promise<unknown> =>
  flow.tool.execute({ name: 'read_file', args, metadata }, () => '# PDF');

test('a tool call that loads a skill is followed by a mark under it, at the time of its start', async () => {
  const events = recordEvents();
  forThisTest(flow.tool.addRequestIntercept('held', (call) => call.mark('held')));
  await read({ tenant: 'a' });
  const [start, mark, held, end] = await events.all();
  expect(mark).toMatchObject({
    name: 'skill.load',
    parent_uuid: start?.uuid,
    timestamp: start?.timestamp,
    data: { skill_name: 'pdf' },
    metadata: { skill_load_source: 'structured_read', tool_name: 'read_file' },
  });
  expect([held?.name, end?.kind]).toEqual(['held', 'scope']);
});

test('a call that the application makes itself has one too', async () => {
  const events = recordEvents();
  flow.tool.start({ name: 'skill', args: { skill: 'pdf' }, time: 1_700_000_000_000_000 }).end({ result: 1 });
  const [mark] = await events.named('skill.load');
  expect(mark).toMatchObject({ data: { skill_name: 'pdf' }, timestamp: '2023-11-14T22:13:20.000000Z' });
});

test('what request intercepts made of the arguments counts, and a retry loads nothing again', async () => {
  const events = recordEvents();
  forThisTest(flow.tool.addRequestIntercept('other', () => ({ path: 'skills/docx/SKILL.md' })));
  forThisTest(
    flow.tool.addExecutionIntercept('twice', async (_, next) => {
      await next();
      return next();
    }),
  );
  await read();
  expect((await events.named('skill.load')).map(({ data }) => data)).toEqual([{ skill_name: 'docx' }]);
});

test.each<[string, Record<string, unknown>, unknown[]]>([
  ['nothing is marked', { 'flow.skill_load_handled': true }, []],
  ['another value says nothing', { 'flow.skill_load_handled': 'true' }, [['pdf', 'structured_read']]],
  [
    'its own are marked',
    { 'flow.skill_loads': [{ skill_name: 'a', source: 'shell_read' }, { skill_name: 'b' }] },
    [
      ['a', 'shell_read'],
      ['b', 'skill_tool'],
    ],
  ],
  ['there may be none', { 'flow.skill_loads': [] }, []],
  [
    'what names no skill is left out',
    { 'flow.skill_loads': [null, 5, {}, { skill_name: '' }, { skill_name: 'a', source: 1 }] },
    [],
  ],
])('a framework that knows better says so: %s', async (_, metadata, expected) => {
  const events = recordEvents();
  await read(metadata);
  const marks = await events.named('skill.load');
  expect(
    marks.map(({ data, metadata: told }) => [(data as { skill_name: string }).skill_name, told?.['skill_load_source']]),
  ).toEqual(expected);
});

test('arguments that nobody records are not looked at', async () => {
  const untouched = new Proxy({}, { get: () => expect.unreachable() });
  await flow.tool.execute({ name: 'read_file', args: untouched }, () => 1);
});

test('model calls load nothing', async () => {
  const events = recordEvents();
  await flow.llm.execute({ name: 'skill', request: { content: { skill: 'pdf' } } }, () => 1);
  expect(await events.named('skill.load')).toEqual([]);
});
