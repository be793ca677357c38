// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { runApp } from '../../support/run.ts';

test.each([
  ['a run', `flow.scope.run('scope', work)`],
  ['an isolate', 'flow.scope.isolate(work)'],
  ["a started scope's run", `flow.scope.start('scope').run(work)`],
  ['a captured branch', 'flow.scope.capture().run(work)'],
  ['a tool call', `flow.tool.execute({ name: 'tool', args: {} }, work)`],
])('a rejection in %s that nobody handles ends the process as it would without us', async (_, call) => {
  const code = `
    import { flow } from '@flow/register/api';
    const work = async () => { throw new Error('nobody handles this'); };
    ${call};
  `;
  const { code: exitCode, stderr } = await runApp({ code });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining('nobody handles this') as unknown,
  });
});
