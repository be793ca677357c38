// SPDX-License-Identifier: Apache-2.0
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import type { Chunk, Load } from '../system.ts';
import { registerTraceSdk } from '../trace-sdk.ts';

/** What one writes by hand: an active span with the attributes of the conventions around each call, errors noted, and no events. */
export const load: Load = async (conditions) => {
  registerTraceSdk(conditions);
  const tracer = trace.getTracer('bench');
  const around = <Result>(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    fn: () => Promise<Result>,
  ): Promise<Result> =>
    tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
      try {
        return await fn();
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  const tool = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'weather',
    'gen_ai.tool.type': 'function',
  };
  const chat = (model: string): Attributes => ({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
  });
  async function* watch(chunks: AsyncIterable<Chunk>, span: Span): AsyncGenerator<Chunk> {
    try {
      yield* chunks;
    } finally {
      span.end();
    }
  }
  return {
    tool: (args, fn) => around('execute_tool weather', SpanKind.INTERNAL, { ...tool }, () => fn(args)),
    model: (body, fn) => around(`chat ${body.model}`, SpanKind.CLIENT, chat(body.model), () => fn(body)),
    client: (openai, body) =>
      around(`chat ${body.model}`, SpanKind.CLIENT, chat(body.model), async () => openai.chat.completions.create(body)),
    stream: async (body, open) =>
      watch(open(), tracer.startSpan(`chat ${body.model}`, { kind: SpanKind.CLIENT, attributes: chat(body.model) })),
  };
};
