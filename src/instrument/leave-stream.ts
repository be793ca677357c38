// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import type { Call } from '../runtime/call.ts';
import { leaveBody } from './response-tap.ts';

/** Ends the call of a stream that comes through us, for a reader that goes without cancelling: what there is of the stream stays as it is. Holds no stream. */
export function leaverOfCall(call: Call): () => void {
  return () => {
    if (!call.ended) getRuntime().internals.closeStream(call, { how: 'closed' }, call.own?.result, false);
  };
}

/** The same for the call whose response is the provider's own, read along. */
export function leaverOfResponse(response: Response): () => void {
  const held = new WeakRef(response);
  return () => {
    const left = held.deref();
    if (left !== undefined) leaveBody(left);
  };
}
