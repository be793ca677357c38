// SPDX-License-Identifier: Apache-2.0
import { trace } from '@opentelemetry/api';
import type { Load } from '../system.ts';
import { registerTraceSdk } from '../trace-sdk.ts';

/** The least that a span costs: active around the call, with ten attributes, ended when the call settles. */
export const load: Load = async (conditions) => {
  registerTraceSdk(conditions);
  const tracer = trace.getTracer('bench');
  let calls = 0;
  return {
    tool: (args, fn) =>
      tracer.startActiveSpan(
        'execute_tool weather',
        {
          attributes: {
            'gen_ai.operation.name': 'execute_tool',
            'gen_ai.tool.name': 'weather',
            'gen_ai.tool.type': 'function',
            'gen_ai.tool.call.id': `call_${calls++}`,
            'gen_ai.agent.name': 'bench',
            'gen_ai.conversation.id': 'c-1',
            'bench.text': 'a short text',
            'bench.count': calls,
            'bench.ratio': 0.87,
            'bench.flag': true,
          },
        },
        async (span) => {
          try {
            return await fn(args);
          } finally {
            span.end();
          }
        },
      ),
  };
};
