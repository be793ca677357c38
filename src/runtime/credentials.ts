// SPDX-License-Identifier: Apache-2.0
import type { LlmRequest } from './call.ts';

const CREDENTIAL =
  /^(proxy-)?authorization$|cookie$|(^|-)api-?key$|^x-goog-api-key$|^x-amz-.*(token|signature|credential)|(^|-)(auth|access|secret|session)-?(token|key)$/i;

/** The request without headers that carry credentials: the only form that anything which observes ever gets. */
export function withoutCredentials(request: LlmRequest): LlmRequest {
  const { headers, content } = request;
  const kept = Object.entries(headers).filter(([name]) => !CREDENTIAL.test(name));
  return { headers: Object.fromEntries(kept), content };
}
