// SPDX-License-Identifier: Apache-2.0
import { flow, isFlowError } from '@flow/register/api';

const print = (error) => console.log(`${isFlowError(error).code}: ${isFlowError(error).message}`);
const attempt = (fn) => new Promise((resolve) => resolve(fn())).catch(print);
const request = { content: { model: 'm', messages: [] } };

flow.tool.addConditionalExecution('no-email', (call) =>
  call.name === 'send_email' ? 'sending email is not allowed' : undefined,
);
await attempt(() => flow.tool.execute({ name: 'send_email', args: {} }, () => 'sent'));

await flow.scope.run('guardrail that throws', async (scope) => {
  scope.tool.addConditionalExecution('quota', () => JSON.parse('not json'));
  await attempt(() => flow.tool.execute({ name: 'search', args: {} }, () => []));
});

await flow.scope.run('intercept that throws', async (scope) => {
  scope.llm.addRequestIntercept('template', (call) => ({ content: call.request.content.messages[0].content }));
  await attempt(() => flow.llm.execute({ name: 'openai', request }, () => ({})));
});

await flow.scope.run('no verdict', async (scope) => {
  scope.tool.addConditionalExecution('allow-list', (call) => call.name === 'search');
  await attempt(() => flow.tool.execute({ name: 'search', args: {} }, () => []));
});

await attempt(() => flow.scope.run('step', { type: 'chain' }, () => {}));

await flow.scope.run('time limit', async (scope) => {
  scope.tool.addExecutionIntercept('cache', () => new Promise(() => {}), { timeout: 20 });
  await attempt(() => flow.tool.execute({ name: 'search', args: {} }, () => []));
});

flow.addSubscriber('audit', () => {});
await attempt(() => flow.addSubscriber('audit', () => {}));

await flow.scope.run('late next', async (scope) => {
  let late;
  scope.tool.addExecutionIntercept('cache', (call, next) => {
    late = next;
    return 'from the cache';
  });
  await flow.tool.execute({ name: 'search', args: {} }, () => []);
  await attempt(() => late());
});

flow.tool.addExecutionIntercept('flushing', async (call, next) => {
  await flow.flush();
  return next();
});
await attempt(() => flow.tool.execute({ name: 'search', args: {} }, () => []));

const scope = flow.scope.start('job');
scope.end();
await attempt(() => scope.end());

await attempt(() => flow.scope.current().end());

const outer = flow.scope.push('outer');
flow.scope.push('inner');
await attempt(() => flow.scope.pop(outer));
