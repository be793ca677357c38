// SPDX-License-Identifier: Apache-2.0
import type * as WorkerThreads from 'node:worker_threads';
import { load } from '../instrument/load.ts';

/** What a thread of its own says of itself. */
type Thread = Pick<typeof WorkerThreads, 'isMainThread' | 'isInternalThread'>;

/**
 * Which thread this is. The module that knows takes 2 MB and brings Node's streams, so it is only asked where it is loaded anyway: Node does that in
 * every thread but the main one, before any code of ours.
 */
export const thread: Thread = mayBeWorker()
  ? load<typeof WorkerThreads>('node:worker_threads')
  : { isMainThread: true, isInternalThread: false };

function mayBeWorker(): boolean {
  // Neither is documented. Both have to say no; where a Node has them no more, it is asked.
  const { moduleLoadList, chdir } = process as unknown as {
    readonly moduleLoadList?: readonly string[];
    readonly chdir: { readonly disabled?: boolean };
  };
  return (
    !Array.isArray(moduleLoadList) || moduleLoadList.includes('NativeModule worker_threads') || chdir.disabled === true
  );
}
