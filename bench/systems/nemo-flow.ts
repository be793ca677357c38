// SPDX-License-Identifier: Apache-2.0
import { loadPeer } from '../peers.ts';
import type { Load } from '../system.ts';
import { type NativeRuntime, type Next, collectNative, pullNative, pushNative } from './native-runtime.ts';

/** As much of its own interface as the bench calls, beside what the successor has too. */
interface NemoFlow extends NativeRuntime {
  toolCallExecuteAsync(name: string, args: unknown, fn: (input: unknown) => Promise<unknown>): Promise<unknown>;
}

/** The reference runtime as its own documentation uses it. It makes no spans. */
export const load: Load = async () => {
  const runtime = loadPeer<NemoFlow>('nemo-flow-node');
  return {
    tool: (args, fn) => runtime.toolCallExecuteAsync('weather', args, fn),
    model: (content, fn) =>
      runtime.llmCallExecuteAsync('openai', { headers: {}, content }, (request) => fn(request.content)),
    stream: async (content, open) =>
      pullNative(
        await runtime.llmStreamCallExecute('openai', { headers: {}, content }, (start) =>
          pushNative(runtime, start['__nemo_flow_stream_id'], open()),
        ),
      ),
    client: (openai, content) =>
      runtime.llmCallExecuteAsync('openai', { headers: {}, content }, (request) =>
        openai.chat.completions.create(request.content),
      ),
    subscribe: (listener) => runtime.registerSubscriber('bench', listener),
    addMiddleware(ofEachKind) {
      for (const name of Array.from({ length: ofEachKind }, (_, index) => `bench ${index}`)) {
        runtime.registerToolConditionalExecutionGuardrail(name, 0, () => null);
        runtime.registerToolRequestIntercept(name, 0, false, (_name: string, args: unknown) => args);
        runtime.registerToolExecutionIntercept(name, 0, (args: unknown, next: Next) => next(args));
        runtime.registerToolSanitizeRequestGuardrail(name, 0, (_name: string, args: unknown) => args);
        runtime.registerToolSanitizeResponseGuardrail(name, 0, (_name: string, result: unknown) => result);
        runtime.registerLlmConditionalExecutionGuardrail(name, 0, () => null);
        runtime.registerLlmRequestIntercept(name, 0, false, ({ request, annotated }: Intercepted) => ({
          request,
          annotated,
        }));
        runtime.registerLlmExecutionIntercept(name, 0, (request: unknown, next: Next) => next(request));
        runtime.registerLlmSanitizeRequestGuardrail(name, 0, (request: unknown) => request);
        runtime.registerLlmSanitizeResponseGuardrail(name, 0, (response: unknown) => response);
      }
    },
    collect: async () => collectNative(runtime),
  };
};

interface Intercepted {
  readonly request: unknown;
  readonly annotated: unknown;
}
