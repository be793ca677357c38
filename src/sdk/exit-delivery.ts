// SPDX-License-Identifier: Apache-2.0
import type * as WorkerThreads from 'node:worker_threads';

import { load } from '../instrument/load.ts';
import { post, type PostModules, type PostResult, type PostTarget } from './otlp-post.ts';

interface Job {
  readonly target: PostTarget;
  readonly deadline: number;
  readonly finished: Int32Array;
  /** Brings the bodies, takes the outcomes. */
  readonly port: WorkerThreads.MessagePort;
}

interface Outcome {
  readonly index: number;
  readonly result: PostResult;
}

/** What came of each body; `undefined` where no answer came in time. */
export type ExitOutcomes = readonly (PostResult | undefined)[];

/**
 * Sends bodies while this thread waits: when a process ends there is no event loop left, so a worker thread does it. They are
 * made while that thread starts. Returns within about `timeoutMillis`, whatever the receiver does. Throws where no worker can
 * be started.
 */
export function sendWhileWaiting(
  target: PostTarget,
  timeoutMillis: number,
  makeBodies: () => readonly Uint8Array[],
): ExitOutcomes {
  const { MessageChannel, Worker, receiveMessageOnPort } = load<typeof WorkerThreads>('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  const deadline = Date.now() + timeoutMillis;
  const finished = new Int32Array(new SharedArrayBuffer(4));
  const job: Job = { target, deadline, finished, port: port2 };
  const worker = new Worker(`(${sendAll})(${post})`, {
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
  const bodies = makeBodies();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  port1.postMessage(bodies);
  Atomics.wait(finished, 0, 0, Math.max(deadline - Date.now(), 0));
  void worker.terminate();

  const outcomes: (PostResult | undefined)[] = bodies.map(() => undefined);
  for (let next = receiveMessageOnPort(port1); next !== undefined; next = receiveMessageOnPort(port1)) {
    const { index, result } = next.message as Outcome;
    outcomes[index] = result;
  }
  port1.close();
  return outcomes;
}

/** Runs in the worker, from its source text: refers to nothing but its parameter and globals. */
function sendAll(send: typeof post): void {
  const builtin = process.getBuiltinModule;
  const job = builtin('node:worker_threads').workerData as Job;
  const modules: PostModules = { http: builtin('node:http'), https: builtin('node:https'), zlib: builtin('node:zlib') };
  async function deliver(body: Uint8Array): Promise<PostResult> {
    for (;;) {
      const result = await send(job.target, body, Math.max(job.deadline - Date.now(), 1), modules);
      // A receiver that is busy gets another chance; one that is not there does not hold up the end of the process.
      if (result.status !== 'retry' || !result.answered) return result;
      const pause = Math.min(result.afterMillis ?? 200, 1000);
      if (Date.now() + pause >= job.deadline) return result;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async function work(pending: [number, Uint8Array][]): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const outcome: Outcome = { index: next[0], result: await deliver(next[1]) };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
      job.port.postMessage(outcome);
    }
  }

  job.port.once('message', (bodies: readonly Uint8Array[]) => {
    const pending = [...bodies.entries()];
    void Promise.all([1, 2, 3, 4].map(() => work(pending))).then(() => {
      Atomics.store(job.finished, 0, 1);
      Atomics.notify(job.finished, 0);
    });
  });
}
