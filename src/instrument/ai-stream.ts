// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import type { ScopeHandle } from '../runtime/handle.ts';
import { leaveModelStream } from './ai-leaving.ts';
import { type Shared, shareStream } from './ai-shared-stream.ts';
import { tellRefusal } from './refusal-cause.ts';

/** What has come out of a stream so far. */
interface Seen {
  text: string;
  failure: { readonly error: unknown } | undefined;
}

/**
 * Ends the scope of a run when its stream has been read, failed, or was left by all who read it. `result` is what the SDK returns for the run; all that the
 * application can read of it comes out of one stream, which is read along.
 */
export function endWithStream(result: any, scope: ScopeHandle): void {
  const source = result?.baseStream;
  if (typeof source?.getReader !== 'function') {
    if (!scope.ended) scope.end();
    return;
  }
  const seen: Seen = { text: '', failure: undefined };
  tellCause(result, seen);
  const end = endingOf(seen, scope);
  const shared = shareStream(source, {
    chunk: (value) => see(value, seen),
    ended: end,
    failed(error) {
      seen.failure ??= { error };
      end();
    },
    left() {
      // A model whose stream nobody reads waits, and would end after the run.
      leaveModelStream(scope);
      end();
    },
  });
  result.baseStream = shared.stream;
  for (const name of PIPES) if (typeof result[name] === 'function') leaveWithResponse(result, name, shared);
}

/** Methods that write a run to a response of Node. */
const PIPES = ['pipeUIMessageStreamToResponse', 'pipeTextStreamToResponse'];

/** Older versions of the SDK wait for ever where the client has gone. */
function leaveWithResponse(result: any, name: string, { branchesOf }: Shared): void {
  const original = result[name];
  const pipe = function (this: any, response: any, ...rest: any[]): unknown {
    const [piped, gone] = branchesOf(() => original.call(this, response, ...rest));
    response?.once?.('close', gone);
    return piped;
  };
  Object.defineProperty(result, name, { value: pipe, writable: true, configurable: true });
}

function endingOf(seen: Seen, scope: ScopeHandle): () => void {
  return () => {
    if (scope.ended) return;
    const output = seen.text === '' ? undefined : seen.text;
    if (seen.failure === undefined) scope.end({ output });
    else scope.fail(seen.failure.error, { output });
  };
}

function see(chunk: any, seen: Seen): void {
  const part = chunk?.part ?? chunk;
  if (part?.type === 'text-delta') seen.text += part.text ?? part.textDelta ?? '';
  else if (part?.type === 'error') seen.failure = { error: part.error };
  else if (part?.type === 'abort') seen.failure = { error: new DOMException('the run was aborted', 'AbortError') };
  else if (part?.type === 'finish-step') seen.failure = undefined;
  else if (part?.type === 'start-step') seen.text = '';
}

/** The promises of a failed run reject with an error of the SDK's that does not say why: where policy is the reason, it becomes the cause. */
function tellCause(result: any, seen: Seen): void {
  for (const name of ['_steps', '_finishReason', '_totalUsage', '_object', '_initialResponseMessages'])
    result[name]?.promise?.then?.(undefined, (error: unknown) => tellRefusal(error, seen.failure?.error));
}
