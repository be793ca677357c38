// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { runApp } from '../support/run.ts';

const REGISTERED = `
  import { flow } from '@flow/register/api';
  for (const owner of [flow, flow.scope.start('left open')]) {
    for (const policy of [owner.tool, owner.llm]) {
      policy.addConditionalExecution('g', () => undefined);
      policy.addRequestIntercept('r', () => undefined);
      policy.addExecutionIntercept('e', (_, next) => next());
      policy.addSanitizeRequest('q', (it) => it);
      policy.addSanitizeResponse('p', (it) => it);
    }
    owner.event.addMetadata('m', () => ({ a: 1 }));
    owner.addSubscriber('s', () => undefined);
  }
  flow.onDiagnostic(() => undefined);
  await flow.tool.execute({ name: 't', args: {} }, async () => 1);
  process.on('exit', () => console.log(flow.registrations().length));`;

test.each([
  ['without an SDK', []],
  ['under the distribution', ['--import', './dist/esm/register.js']],
])('nothing that is registered keeps a process alive, %s', async (_, args) => {
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { code, signal, stdout, stderr } = await runApp({ args, code: REGISTERED, env, timeout: 10_000 });
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(Number(stdout)).toBeGreaterThanOrEqual(12);
});

test('a subscriber that throws, and a guardrail that throws before anything is awaited, leave the process running', async () => {
  const code = `
    import { flow } from '@flow/register/api';
    const fail = () => { throw new Error('bug'); };
    flow.addSubscriber('s', fail);
    flow.tool.addSanitizeRequest('q', fail);
    flow.tool.addSanitizeResponse('p', fail);
    await flow.tool.execute({ name: 't', args: {} }, fail).catch((error) => console.log(error.message));
    flow.tool.addConditionalExecution('g', fail);
    await flow.tool.execute({ name: 't', args: {} }, () => 1).catch((error) => console.log(error.code));
    flow.tool.start({ name: 't', args: {} }).end({ result: 1 });
    await flow.flush();
    console.log('alive');`;
  const { code: exit, stdout, stderr } = await runApp({ code });
  expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: 'bug\nFLOW_GUARDRAIL_FAILED\nalive\n', stderr: '' });
});

test('the time limit of a subscriber or sanitizer that hangs keeps no process alive', async () => {
  const code = `
    import { flow } from '@flow/register/api';
    const hang = () => new Promise(() => undefined);
    flow.addSubscriber('s', hang, { timeout: 60_000 });
    flow.tool.addSanitizeRequest('q', hang, { timeout: 60_000 });
    await flow.tool.execute({ name: 't', args: {} }, () => 1);
    console.log('done');`;
  const { code: exit, stdout } = await runApp({ code, timeout: 15_000 });
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'done\n' });
});

test('a stream that is read while the process ends does not keep it alive', async () => {
  const code = `
    import { flow } from '@flow/register/api';
    let ran = 0;
    process.on('beforeExit', async () => {
      if (++ran > 5) process.exit(1);
      const stream = await flow.llm.stream({ name: 'm', request: { content: {} } }, async function* () { yield { a: 1 }; });
      for await (const chunk of stream) void chunk;
      console.log('read');
    });`;
  const { code: exit, stdout, stderr } = await runApp({ code, timeout: 15_000 });
  expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: 'read\n', stderr: '' });
});
