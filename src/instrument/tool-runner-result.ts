// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../errors.ts';

/**
 * What an intercept made in the place of a tool's result, in a form that the SDK's loops send: text, content blocks, or nothing. Anything else is told
 * to the model as JSON. Throws where it is none.
 */
export function asToolResult(made: unknown, name: string): unknown {
  if (made === undefined || typeof made === 'string') return made;
  if (Array.isArray(made) && made.every(isBlock)) return made;
  if (isBlock(made)) return [made];
  const text = printed(made);
  if (text !== undefined) return text;
  throw new FlowError(
    'FLOW_INTERCEPT_FAILED',
    `an execution intercept made a result for the tool '${name}' that JSON cannot hold (${typeof made}); return a string, content blocks, or plain values`,
  );
}

const isBlock = (value: unknown): boolean =>
  BLOCKS.has((value as { readonly type?: unknown } | null | undefined)?.type as string);

/** Content that the API takes in a `tool_result`. */
const BLOCKS: ReadonlySet<string> = new Set(['text', 'image', 'document', 'search_result', 'tool_reference']);

function printed(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
