// SPDX-License-Identifier: Apache-2.0
import { afterAll, expect, test } from 'vitest';
import { flow } from '../../../src/api/index.ts';
import { start } from '../../../src/sdk/start.ts';

afterAll(() => void delete process.env['FLOW_DISABLED']);

test('what is registered does not apply where Flow is switched off, whenever and wherever it was', async () => {
  const events: string[] = [];
  flow.addSubscriber('all', ({ name }) => void events.push(name));
  flow.tool.addConditionalExecution('before', () => 'no');
  process.env['FLOW_DISABLED'] = 'true';
  start({ instrumentations: [] });
  flow.tool.addConditionalExecution('after', () => 'no');
  await flow.scope.run('scope', async (scope) => {
    scope.tool.addConditionalExecution('of the scope', () => 'no');
    expect(await flow.tool.execute({ name: 'tool', args: { v: 1 } }, ({ v }) => v + 1)).toBe(2);
    expect(flow.registrations()).toEqual([]);
  });
  await flow.flush();
  expect(events).toEqual([]);
});
