// SPDX-License-Identifier: Apache-2.0
import { setImmediate as turn } from 'node:timers/promises';
import type { Case } from './cases.ts';
import { BODY, COMPLETION, streamedCompletion, toolPayload } from './payloads.ts';
import type { System } from './system.ts';
import { recorded } from './trace-sdk.ts';

/** Calls in a row without a turn of the event loop. An application's tools wait for something, so deliveries get their turns. */
const CALLS_PER_TURN = 100;
const DELIVERY_TIMEOUT_MS = 10_000;
/** A call is announced when it starts and when it ends. */
const EVENTS_PER_CALL = 2;

/** Makes that many calls one after the other and waits until the subscriber has had every event. */
export type Batch = (calls: number) => Promise<void>;

/** The case's calls through a system. */
export async function createBatch(kase: Case, system: System): Promise<Batch> {
  if (kase.middleware === true) system.addMiddleware?.();
  let delivered = 0;
  const emits = kase.observed && system.subscribe !== undefined;
  if (emits)
    system.subscribe?.((event) => {
      if ((kase.reads === true ? event.data : event.name) !== undefined) delivered++;
    });
  const call = await createCall(kase, system);
  return async (calls) => {
    const expected = delivered + calls * EVENTS_PER_CALL;
    for (let made = 1; made <= calls; made++) {
      await call();
      if (made % CALLS_PER_TURN === 0) await turn();
    }
    if (emits) await reach(() => delivered, expected);
  };
}

async function reach(count: () => number, expected: number): Promise<void> {
  const deadline = performance.now() + DELIVERY_TIMEOUT_MS;
  while (count() < expected && performance.now() < deadline) await turn();
  // More is right too: a guardrail that happens to be slow gets a scope of its own.
  if (count() < expected) throw new Error(`${count()} events were delivered where ${expected} were expected`);
}

async function createCall(kase: Case, system: System): Promise<() => Promise<unknown>> {
  const { tool, model, stream, client } = system;
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
  if (kase.work === 'client' && client) {
    const { default: OpenAI } = await import('openai');
    const text = JSON.stringify(COMPLETION);
    const respond = async (): Promise<Response> =>
      new Response(text, { headers: { 'content-type': 'application/json' } });
    const openai = new OpenAI({ apiKey: 'none', baseURL: 'http://stub.invalid/v1', fetch: respond });
    return () => client(openai, BODY);
  }
  throw new Error(`the system takes no part in case '${kase.name}'`);
}

/** Throws unless the calls did what the case says they do: a system that records nothing would look fast. */
export function checkRecorded(name: string, kase: Case, calls: number): void {
  const spans = kase.observed && (name === 'flow' || name === 'span') ? calls : 0;
  const events = kase.observed && name === 'flow' ? calls * EVENTS_PER_CALL : 0;
  if (recorded.spans < spans || recorded.events < events)
    throw new Error(
      `${name} recorded ${JSON.stringify(recorded)} in ${calls} calls of '${kase.name}', not ${spans} spans and ${events} events`,
    );
}
