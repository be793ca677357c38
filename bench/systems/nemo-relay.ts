// SPDX-License-Identifier: Apache-2.0
import { loadPeer } from '../peers.ts';
import type { Load } from '../system.ts';
import { type NativeRuntime, type Next, collectNative, pullNative, pushNative } from './native-runtime.ts';

interface Result {
  readonly result: unknown;
}

interface NemoRelay extends NativeRuntime {
  toolCallExecuteAsync(name: string, args: unknown, fn: (input: unknown) => Promise<Result>): Promise<Result>;
}

/** The reference runtime's successor. It makes no spans, and two events more for each guardrail that allows. */
export const load: Load = async () => {
  const runtime = loadPeer<NemoRelay>('nemo-relay-node');
  return {
    tool: async (args, fn) =>
      (await runtime.toolCallExecuteAsync('weather', args, async (given) => ({ result: await fn(given) }))).result,
    model: (content, fn) =>
      runtime.llmCallExecuteAsync('openai', { headers: {}, content }, (request) => fn(request.content)),
    stream: async (content, open) =>
      pullNative(
        await runtime.llmStreamCallExecute('openai', { headers: {}, content }, (start) => {
          void pushNative(runtime, start['__nemo_relay_stream_id'], open());
        }),
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
        runtime.registerToolExecutionIntercept(name, 0, ({ args }: { args: unknown }, next: Next) => next(args));
        runtime.registerToolSanitizeRequestGuardrail(name, 0, (_name: string, args: unknown) => args);
        runtime.registerToolSanitizeResponseGuardrail(name, 0, (_name: string, result: unknown) => result);
        runtime.registerLlmConditionalExecutionGuardrail(name, 0, () => null);
        runtime.registerLlmRequestIntercept(name, 0, false, ({ request }: { request: unknown }) => ({ request }));
        runtime.registerLlmExecutionIntercept(name, 0, (request: unknown, next: Next) => next(request));
        runtime.registerLlmSanitizeRequestGuardrail(name, 0, (request: unknown) => request);
        runtime.registerLlmSanitizeResponseGuardrail(name, 0, (response: unknown) => response);
      }
    },
    collect: async () => collectNative(runtime),
  };
};
