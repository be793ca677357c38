// SPDX-License-Identifier: Apache-2.0
import type { Call } from '../runtime/call.ts';
import { checkGuardrails } from '../runtime/guardrails.ts';
import { applyRequestIntercepts } from '../runtime/request-intercepts.ts';

/** Step 1 alone, for frameworks that make the call themselves: rejects with what refuses it. */
export async function checkConditions(call: Call): Promise<void> {
  try {
    await checkGuardrails(call);
  } finally {
    call.release();
  }
}

/** Step 2 alone: resolves to the arguments or the request as they are to be sent. */
export async function interceptRequest(call: Call): Promise<unknown> {
  try {
    await applyRequestIntercepts(call);
    return call.input;
  } finally {
    call.release();
  }
}
