// SPDX-License-Identifier: Apache-2.0
import type { LlmRequest } from './call.ts';

const CREDENTIAL =
  /authorization$|cookie$|(^|[-_])(auth|token|secret|password|passwd|credentials?|signature)$|(^|[-_])(api|access|auth|private|secret|session|subscription)[-_]?(key|token)$/i;
const CREDENTIAL_VALUE = /^\s*(bearer|basic)\s/i;

/** The request without headers that carry credentials: the only form that anything which observes ever gets. */
export function withoutCredentials(request: LlmRequest): LlmRequest {
  const { headers, content } = request;
  try {
    const kept = Object.entries(headers).filter(([name, value]) => !CREDENTIAL.test(name) && !isCredential(value));
    return { headers: Object.fromEntries(kept), content };
  } catch {
    // Headers that cannot be read cannot be shown.
    return { headers: {}, content };
  }
}

// Whatever an application puts into a header: lists, numbers, anything.
function isCredential(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isCredential) : typeof value === 'string' && CREDENTIAL_VALUE.test(value);
}
