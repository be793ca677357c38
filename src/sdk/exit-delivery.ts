// SPDX-License-Identifier: Apache-2.0
import type * as WorkerThreads from 'node:worker_threads';

import { load } from '../instrument/load.ts';
import { readGrpcAnswer } from './grpc-answer.ts';
import { type GrpcModules, postGrpc } from './otlp-post-grpc.ts';
import { post, type PostModules, type PostResult, type PostTarget } from './otlp-post.ts';

/** One request that is left at the end. */
export interface ExitRequest {
  readonly target: PostTarget;
  readonly body: Uint8Array;
}

interface Job {
  readonly deadline: number;
  readonly finished: Int32Array;
  /** Brings the requests, takes the outcomes. */
  readonly port: WorkerThreads.MessagePort;
}

interface Outcome {
  readonly index: number;
  readonly result: PostResult;
}

/** What came of each request; `undefined` where no answer came in time. */
export type ExitOutcomes = readonly (PostResult | undefined)[];

/**
 * Sends requests while this thread waits: when a process ends there is no event loop left, so a worker thread does it. They are
 * made while that thread starts. Returns within about `timeoutMillis`, whatever the receivers do; one that hangs does not hold
 * up another. Throws where no worker can be started.
 */
export function sendWhileWaiting(timeoutMillis: number, makeRequests: () => readonly ExitRequest[]): ExitOutcomes {
  const { MessageChannel, Worker, receiveMessageOnPort } = load<typeof WorkerThreads>('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  const deadline = Date.now() + timeoutMillis;
  const finished = new Int32Array(new SharedArrayBuffer(4));
  const job: Job = { deadline, finished, port: port2 };
  const worker = new Worker(`(${sendAll})(${post}, ${postGrpc}, ${readGrpcAnswer})`, {
    eval: true,
    workerData: job,
    transferList: [port2],
    // Otherwise the worker would load what this process was started with, us included.
    execArgv: [],
    env: {},
    stdin: false,
    stdout: true,
    stderr: true,
  });
  worker.unref();
  worker.on('error', () => undefined);
  const requests = makeRequests().map(({ target, body }) => ({ target, body }));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  port1.postMessage(requests);
  Atomics.wait(finished, 0, 0, Math.max(deadline - Date.now(), 0));
  void worker.terminate();

  const outcomes: (PostResult | undefined)[] = requests.map(() => undefined);
  for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
    const { index, result } = next.message as Outcome;
    outcomes[index] = result;
  }
  port1.close();
  return outcomes;
}

/** Runs in the worker, from its source text: refers to nothing but its parameter and globals. */
function sendAll(overHttp: typeof post, overGrpc: typeof postGrpc, readAnswer: typeof readGrpcAnswer): void {
  const builtin = process.getBuiltinModule;
  const job = builtin('node:worker_threads').workerData as Job;
  const modules: PostModules = { http: builtin('node:http'), https: builtin('node:https'), zlib: builtin('node:zlib') };
  let grpc: GrpcModules | undefined;
  function send(target: PostTarget, body: Uint8Array, millis: number): Promise<PostResult> {
    if (!target.grpc) return overHttp(target, body, millis, modules);
    grpc ??= { http2: builtin('node:http2'), zlib: modules.zlib, sessions: new Map(), unref: false, readAnswer };
    return overGrpc(target, body, millis, grpc);
  }
  async function deliver({ target, body }: ExitRequest): Promise<PostResult> {
    for (;;) {
      const result = await send(target, body, Math.max(job.deadline - Date.now(), 1));
      // A receiver that is busy gets another chance; one that is not there does not hold up the end of the process.
      if (result.status !== 'retry' || !result.answered) return result;
      const pause = Math.min(result.afterMillis ?? 200, 1000);
      if (Date.now() + pause >= job.deadline) return result;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async function work(pending: [number, ExitRequest][]): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const outcome: Outcome = { index: next[0], result: await deliver(next[1]) };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
      job.port.postMessage(outcome);
    }
  }

  job.port.once('message', (requests: readonly ExitRequest[]) => {
    const byReceiver = Object.values(Object.groupBy(requests.entries(), ([, { target }]) => target.url));
    // A few connections for each.
    const lanes = byReceiver.flatMap((pending = []) => [1, 2, 3, 4].map(() => work(pending)));
    void Promise.all(lanes).then(() => {
      Atomics.store(job.finished, 0, 1);
      Atomics.notify(job.finished, 0);
    });
  });
}
