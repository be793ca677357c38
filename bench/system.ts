// SPDX-License-Identifier: Apache-2.0
import type OpenAI from 'openai';

export type Listener = (event: { readonly name: string; readonly data?: unknown }) => void;
export type Chunk = Readonly<Record<string, unknown>>;
/** A chat completion request in the provider's own shape. */
export type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** One system under measurement. What it lacks is a case it takes no part in. */
export interface System {
  /** Calls the tool function the way the system runs tools. */
  tool?(args: unknown, fn: (args: unknown) => Promise<unknown>): Promise<unknown>;
  model?(body: Body, fn: (body: Body) => Promise<unknown>): Promise<unknown>;
  /** The chunks of one streamed model call, for the consumer to pull. */
  stream?(body: Body, open: () => AsyncIterable<Chunk>): Promise<AsyncIterable<Chunk>>;
  /** One call of an unmodified OpenAI client. Absent: the call itself, which the system has patched or has no hand in. */
  client?(openai: OpenAI, body: Body): Promise<unknown>;
  /** Adds a subscriber that gets every event. */
  subscribe?(listener: Listener): void;
  /** So many middlewares of each of the five kinds that buffered tool and model calls pass, each doing the least it can. */
  addMiddleware?(ofEachKind: number): void;
  /** Keeps what happens from now on, for a trajectory. */
  collect?(): Promise<Trajectories>;
}

/** What a system keeps for trajectories. */
export interface Trajectories {
  /** All of it as the text of one document. */
  export(): Promise<string>;
  clear(): void;
}

/** Under which conditions the process measures. */
export interface Conditions {
  /** A tracer provider is registered, so that whoever makes spans makes recording ones. Without it there is only the context manager. */
  readonly recording: boolean;
  /** Payloads are written on spans. */
  readonly content: boolean;
}

/** Loads a system into this process. One process holds one system. */
export type Load = (conditions: Conditions) => Promise<System>;
