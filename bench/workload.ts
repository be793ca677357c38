// SPDX-License-Identifier: Apache-2.0
import { setImmediate as turn } from 'node:timers/promises';
import type { Case } from './case.ts';
import { createAnthropicCall, createAnthropicStream } from './client-anthropic.ts';
import { createClientCall, createClientStream } from './client.ts';
import { BODY, COMPLETION, streamedCompletion, toolPayload } from './payloads.ts';
import type { System } from './system.ts';
import { recorded } from './trace-sdk.ts';

/** Calls without a turn of the event loop. An application's tools wait for something, so deliveries get their turns. */
const CALLS_PER_TURN = 100;
const DELIVERY_TIMEOUT_MS = 10_000;
/** A call is announced when it starts and when it ends. */
const EVENTS_PER_CALL = 2;

/** Makes that many calls and waits until the subscriber has had every event. */
export type Batch = (calls: number) => Promise<void>;

/** The case's calls through a system. */
export async function createBatch(kase: Case, system: System): Promise<Batch> {
  if (kase.ofEachKind !== undefined) system.addMiddleware?.(kase.ofEachKind);
  const delivery = kase.subscriber !== undefined && system.subscribe !== undefined ? watch(kase, system) : undefined;
  const call = createCall(kase, system);
  const { concurrency = 1 } = kase;
  return async (calls) => {
    delivery?.expect(calls * EVENTS_PER_CALL);
    for (let made = 0; made < calls; made += concurrency) {
      if (concurrency === 1) await call();
      else await Promise.all(Array.from({ length: Math.min(concurrency, calls - made) }, call));
      if (made % CALLS_PER_TURN === 0) await turn();
    }
    await delivery?.arrived();
  };
}

interface Delivery {
  expect(events: number): void;
  arrived(): Promise<void>;
}

/** Counts what the subscriber gets, and wakes who waits for it: looking again and again would cost time of its own. */
function watch(kase: Case, system: System): Delivery {
  let delivered = 0;
  let expected = 0;
  let wake: (() => void) | undefined;
  system.subscribe?.((event) => {
    if ((kase.subscriber === 'reads' ? event.data : event.name) === undefined) return;
    if (++delivered >= expected) wake?.();
  });
  return {
    // More than expected is right too: some announce guardrails and chunks.
    expect: (events) => void (expected = delivered + events),
    arrived: () =>
      new Promise((resolve, reject) => {
        if (delivered >= expected) return resolve();
        const fail = (): void =>
          reject(new Error(`${delivered} events were delivered where ${expected} were expected`));
        const timer = setTimeout(fail, DELIVERY_TIMEOUT_MS);
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve();
        };
      }),
  };
}

function createCall(kase: Case, system: System): () => Promise<unknown> {
  const { tool, model, stream } = system;
  if (kase.work === 'tool' && tool) {
    const args = toolPayload(kase.bytes ?? 0);
    const echo = async (given: unknown): Promise<unknown> => given;
    return () => tool(args, echo);
  }
  if (kase.work === 'model' && model) return () => model(BODY, async () => COMPLETION);
  if (kase.work === 'stream' && stream) {
    return async () => {
      let seen = 0;
      for await (const chunk of await stream(BODY, () => streamedCompletion(kase.chunks ?? 0)))
        if (chunk['id'] !== undefined) seen++;
      if (seen !== kase.chunks) throw new Error(`${seen} chunks arrived of ${kase.chunks}`);
    };
  }
  if (kase.anthropic && kase.work === 'client') return createAnthropicCall();
  if (kase.anthropic && kase.work === 'client-stream') return createAnthropicStream(kase.chunks ?? 0);
  if (kase.work === 'client') return createClientCall(system, kase.openai ?? 7);
  if (kase.work === 'client-stream') return createClientStream(kase.openai ?? 7, kase.chunks ?? 0);
  throw new Error(`the system takes no part in case '${kase.name}'`);
}

/** Systems that make a span for each call, and those among them that put the call's events on it. */
const MAKES_SPANS = [
  'span',
  'hand-wired',
  'flow',
  'otel-openai',
  'openinference',
  'openllmetry',
  'openinference-anthropic',
];
const MAKES_SPAN_EVENTS = ['flow'];

/** Throws unless the calls did what the case says they do: a system that records nothing would look fast. */
export function checkRecorded(name: string, kase: Case, calls: number): void {
  const spans = kase.recording === true && MAKES_SPANS.includes(name) ? calls : 0;
  const events = kase.recording === true && MAKES_SPAN_EVENTS.includes(name) ? calls * EVENTS_PER_CALL : 0;
  if (recorded.spans < spans || recorded.events < events)
    throw new Error(
      `${name} recorded ${JSON.stringify(recorded)} in ${calls} calls of '${kase.name}', not ${spans} spans and ${events} events`,
    );
}
