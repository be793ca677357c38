// SPDX-License-Identifier: Apache-2.0
import type { Body, Chunk, Listener, Trajectories } from '../system.ts';

/** A stream as the native runtimes give it. */
export interface NativeStream {
  next(): Promise<Chunk | null>;
}

type Callback = (...args: never[]) => unknown;
type Named = (name: string, priority: number, fn: Callback) => void;
type Intercept = (name: string, priority: number, breakChain: boolean, fn: Callback) => void;
/** What an execution intercept continues with. */
export type Next = (input: unknown) => unknown;

/** What both native runtimes have in common, as far as the bench calls it. */
export interface NativeRuntime {
  llmCallExecuteAsync(name: string, request: unknown, fn: (request: { content: Body }) => unknown): Promise<unknown>;
  llmStreamCallExecute(
    name: string,
    request: unknown,
    fn: (start: Readonly<Record<string, number>>) => unknown,
  ): Promise<NativeStream>;
  pushStreamChunk(id: number, chunk: Chunk): boolean;
  endStream(id: number): void;
  registerSubscriber(name: string, listener: Listener): void;
  registerToolConditionalExecutionGuardrail: Named;
  registerToolRequestIntercept: Intercept;
  registerToolExecutionIntercept: Named;
  registerToolSanitizeRequestGuardrail: Named;
  registerToolSanitizeResponseGuardrail: Named;
  registerLlmConditionalExecutionGuardrail: Named;
  registerLlmRequestIntercept: Intercept;
  registerLlmExecutionIntercept: Named;
  registerLlmSanitizeRequestGuardrail: Named;
  registerLlmSanitizeResponseGuardrail: Named;
  readonly AtifExporter: new (
    session: string,
    agent: string,
    version: string,
  ) => { register(name: string): void; exportJson(): string; clear(): void };
}

/** Its chunks, for a consumer to pull. */
export async function* pullNative(stream: NativeStream): AsyncGenerator<Chunk> {
  for (let chunk = await stream.next(); chunk !== null; chunk = await stream.next()) yield chunk;
}

/** Gives a stream its chunks, as the runtimes' typed wrappers do. */
export async function pushNative(
  runtime: NativeRuntime,
  id: number | undefined,
  chunks: AsyncIterable<Chunk>,
): Promise<void> {
  if (id === undefined) throw new Error('the runtime has given the stream no id');
  for await (const chunk of chunks) runtime.pushStreamChunk(id, chunk);
  runtime.endStream(id);
}

/** Its own exporter. */
export function collectNative(runtime: NativeRuntime): Trajectories {
  const exporter = new runtime.AtifExporter('s-1', 'bench', '1');
  exporter.register('bench trajectories');
  return { export: async () => exporter.exportJson(), clear: () => exporter.clear() };
}
