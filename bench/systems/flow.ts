// SPDX-License-Identifier: Apache-2.0
import type { Load } from '../system.ts';
import { registerTraceSdk } from '../trace-sdk.ts';

/** The built package: patches and pipeline by `/hooks`, spans to the same provider as everybody else's. */
export const load: Load = async (conditions) => {
  process.env['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'] = String(conditions.content);
  await import('@flow/register/hooks');
  registerTraceSdk(conditions);
  const { flow } = await import('@flow/register/api');
  return {
    tool: (args, fn) => flow.tool.execute({ name: 'weather', args }, fn),
    model: (content, fn) =>
      flow.llm.execute({ name: 'openai', request: { content } }, (request) => fn(request.content as never)),
    stream: async (content, open) => flow.llm.stream({ name: 'openai', request: { content } }, open),
    subscribe: (listener) => void flow.addSubscriber('bench', listener),
    addMiddleware(ofEachKind) {
      for (const name of Array.from({ length: ofEachKind }, (_, index) => `bench ${index}`)) {
        flow.tool.addConditionalExecution(name, () => undefined);
        flow.tool.addRequestIntercept(name, (call) => call.args);
        flow.tool.addExecutionIntercept(name, (_call, next) => next());
        flow.tool.addSanitizeRequest(name, (args) => args);
        flow.tool.addSanitizeResponse(name, (result) => result);
        flow.llm.addConditionalExecution(name, () => undefined);
        flow.llm.addRequestIntercept(name, ({ request }) => request);
        flow.llm.addExecutionIntercept(name, (_call, next) => next());
        flow.llm.addSanitizeRequest(name, (request) => request);
        flow.llm.addSanitizeResponse(name, (response) => response);
      }
    },
    async collect() {
      const { collectTrajectory } = await import('@flow/register/sdk');
      const collector = collectTrajectory();
      return { export: async () => (await collector.exportText()) ?? '', clear: () => collector.clear() };
    },
  };
};
