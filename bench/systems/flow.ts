// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';
import { registerTraceSdk } from '../trace-sdk.ts';

/** The built package: patches and pipeline by `/hooks`, spans to the same provider as everybody else's. */
export const load: Load = async (conditions) => {
  await import('@flow/register/hooks');
  registerTraceSdk(conditions);
  const { flow } = await import('@flow/register/api');
  return {
    tool: (args, fn) => flow.tool.execute({ name: 'weather', args }, fn),
    model: (content, fn) =>
      flow.llm.execute({ name: 'openai', request: { content } }, (request) => fn(request.content as never)),
    stream: (content, open) => flow.llm.stream({ name: 'openai', request: { content } }, open),
    client: async (openai, body) => openai.chat.completions.create(body),
    subscribe: (listener) => void flow.addSubscriber('bench', listener),
    addMiddleware() {
      flow.tool.addConditionalExecution('bench', () => undefined);
      flow.tool.addRequestIntercept('bench', (call) => call.args);
      flow.tool.addExecutionIntercept('bench', (_call, next) => next());
      flow.tool.addSanitizeRequest('bench', (args) => args);
      flow.tool.addSanitizeResponse('bench', (result) => result);
    },
  };
};
