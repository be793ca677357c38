// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { whenAbandoned } from '../pipeline/abandoned.ts';
import type { ScopeHandle } from '../runtime/handle.ts';
import { tellRefusal } from './refusal-cause.ts';

/** What has come out of a stream so far. */
interface Seen {
  text: string;
  failure: { readonly error: unknown } | undefined;
}

/**
 * Ends the scope of a run when its stream has been read, failed, or dropped. `result` is what the SDK returns for the run; all that the application can
 * read of it comes out of one stream, which is read along.
 */
export function endWithStream(result: any, scope: ScopeHandle): void {
  const source = result?.baseStream;
  if (typeof source?.getReader !== 'function') {
    if (!scope.ended) scope.end();
    return;
  }
  const seen: Seen = { text: '', failure: undefined };
  tellCause(result, seen);
  result.baseStream = readAlong(source, seen, scope);
}

function endingOf(seen: Seen, scope: ScopeHandle): () => void {
  return () => {
    if (scope.ended) return;
    const output = seen.text === '' ? undefined : seen.text;
    if (seen.failure === undefined) scope.end({ output });
    else scope.fail(seen.failure.error, { output });
  };
}

function readAlong(source: ReadableStream<unknown>, seen: Seen, scope: ScopeHandle): ReadableStream<unknown> {
  const end = endingOf(seen, scope);
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const stream = new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          reader ??= source.getReader();
          const { done, value } = await reader.read();
          if (!done) {
            see(value, seen);
            controller.enqueue(value);
            return;
          }
          keep();
          end();
          controller.close();
        } catch (error) {
          keep();
          seen.failure ??= { error };
          end();
          throw error;
        }
      },
      async cancel(reason) {
        keep();
        end();
        await (reader === undefined ? source.cancel(reason) : reader.cancel(reason));
      },
    },
    { highWaterMark: 0 },
  );
  const keep = whenAbandoned(stream, end);
  return stream;
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
