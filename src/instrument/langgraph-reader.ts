// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { AsyncLocalStorage } from 'node:async_hooks';
import { patchMethod } from './patch-method.ts';

/** Streams of one run of a graph, each of which is being handed out, or has been. */
interface Handing {
  readonly graph: unknown;
  /** The framework aborts such a signal when the stream is cancelled; since 1.7.3 also when whoever reads it just goes. The run follows it, beside the caller's own. */
  readonly readers: AbortSignal[];
  /** The run has begun: what is handed out further in is of others. */
  begun: boolean;
}

const handing = new AsyncLocalStorage<Handing>();

/** Remembers the signals of the streams that graphs hand out. Returns the methods that do. */
export function patchReaders(Pregel: any): readonly string[] {
  return ['stream', 'streamEvents'].filter(
    (name) => Object.hasOwn(Pregel?.prototype ?? {}, name) && patchMethod(Pregel, name, handOut),
  );
}

/** Signals of the streams for which the graph begins to run here; those that are only handed out when it has begun are added then. */
export function readersOf(graph: unknown): readonly AbortSignal[] {
  const found = handing.getStore();
  if (found === undefined || found.begun || found.graph !== graph) return [];
  found.begun = true;
  return found.readers;
}

function handOut(original: (...args: any[]) => any): (...args: any[]) => any {
  return function (this: unknown, ...args: any[]): any {
    const around = handing.getStore();
    // A stream of events reads another of the same run.
    const isSame = around !== undefined && around.graph === this && !around.begun;
    const current: Handing = isSame ? around : { graph: this, readers: [], begun: false };
    const noted = (stream: any): any => {
      if (stream?.signal instanceof AbortSignal) current.readers.push(stream.signal);
      return stream;
    };
    const streaming = handing.run(current, () => original.apply(this, args));
    return streaming instanceof Promise ? streaming.then(noted) : noted(streaming);
  };
}
