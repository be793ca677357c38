// SPDX-License-Identifier: Apache-2.0

/**
 * What scopes and middleware must not depend on: an SDK with its context manager; nothing but the API; the distribution
 * started under `OTEL_SDK_DISABLED`; an older copy of the API that owns the globals, so that ours has only no-ops.
 */
export const SETUPS = ['sdk', 'no-sdk', 'sdk-disabled', 'older-api'] as const;
/** One of {@link SETUPS}. */
export type SetupName = (typeof SETUPS)[number];

declare module 'vitest' {
  interface ProvidedContext {
    /** Given by the projects of vitest.config.ts; absent in files that run once, in no set-up. */
    setup: SetupName;
  }
}
