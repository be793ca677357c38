// SPDX-License-Identifier: Apache-2.0
import { loadReference } from '../reference.ts';
import type { Chunk, Listener, Load } from '../system.ts';

type Callback<Input> = (input: Input) => unknown;
interface StreamStart {
  readonly __nemo_flow_stream_id: number;
}
/** As much of the reference runtime's own interface as the bench calls. */
interface Reference {
  toolCallExecute(name: string, args: unknown, fn: Callback<unknown>): Promise<unknown>;
  llmCallExecuteAsync(name: string, request: unknown, fn: Callback<{ content: never }>): Promise<unknown>;
  llmStreamCallExecute(
    name: string,
    request: unknown,
    fn: Callback<StreamStart>,
  ): Promise<{ next(): Promise<Chunk | null> }>;
  pushStreamChunk(id: number, chunk: Chunk): boolean;
  endStream(id: number): void;
  registerSubscriber(name: string, listener: Listener): void;
  registerToolConditionalExecutionGuardrail(
    name: string,
    priority: number,
    fn: (name: string, args: unknown) => unknown,
  ): void;
  registerToolRequestIntercept(
    name: string,
    priority: number,
    breakChain: boolean,
    fn: (name: string, args: unknown) => unknown,
  ): void;
  registerToolExecutionIntercept(
    name: string,
    priority: number,
    fn: (args: unknown, next: Callback<unknown>) => unknown,
  ): void;
  registerToolSanitizeRequestGuardrail(
    name: string,
    priority: number,
    fn: (name: string, args: unknown) => unknown,
  ): void;
  registerToolSanitizeResponseGuardrail(
    name: string,
    priority: number,
    fn: (name: string, result: unknown) => unknown,
  ): void;
}

/** The reference runtime as its own documentation uses it. It makes no spans. */
export const load: Load = async () => {
  const reference = loadReference<Reference>();
  async function* pull(stream: { next(): Promise<Chunk | null> }): AsyncGenerator<Chunk> {
    for (let chunk = await stream.next(); chunk !== null; chunk = await stream.next()) yield chunk;
  }
  async function push(id: number, chunks: AsyncIterable<Chunk>): Promise<void> {
    for await (const chunk of chunks) reference.pushStreamChunk(id, chunk);
    reference.endStream(id);
  }
  return {
    // Its fastest way, which takes only functions that return at once: a promise would be recorded as {}.
    tool: (args) => reference.toolCallExecute('weather', args, (given) => given),
    model: (content, fn) =>
      reference.llmCallExecuteAsync('openai', { headers: {}, content }, (request) => fn(request.content)),
    stream: async (content, open) =>
      pull(
        await reference.llmStreamCallExecute('openai', { headers: {}, content }, (start) =>
          push(start.__nemo_flow_stream_id, open()),
        ),
      ),
    client: (openai, content) =>
      reference.llmCallExecuteAsync('openai', { headers: {}, content }, (request) =>
        openai.chat.completions.create(request.content),
      ),
    subscribe: (listener) => reference.registerSubscriber('bench', listener),
    addMiddleware() {
      reference.registerToolConditionalExecutionGuardrail('bench', 0, () => null);
      reference.registerToolRequestIntercept('bench', 0, false, (_name, args) => args);
      reference.registerToolExecutionIntercept('bench', 0, (args, next) => next(args));
      reference.registerToolSanitizeRequestGuardrail('bench', 0, (_name, args) => args);
      reference.registerToolSanitizeResponseGuardrail('bench', 0, (_name, result) => result);
    },
  };
};
