// SPDX-License-Identifier: Apache-2.0
import { summarizeChunk } from '../codecs/chunk-summary.ts';
import type { Call } from './call.ts';
import { emitMark } from './emit-mark.ts';
import { noteChunk } from './metrics-chunks.ts';
import { settings } from './settings.ts';

/** An `llm.chunk` mark for one chunk of a streaming call, where the setting asks for them: when it came and what kind it is, never its content. */
export function markChunk(call: Call, chunk: unknown, index: number): void {
  noteChunk(call, index);
  if (!settings.chunkMarks) return;
  emitMark(
    call,
    { name: 'llm.chunk', data: { chunk_index: index, ...summarizeChunk(chunk) }, offSpan: true },
    call.chains,
  );
}
