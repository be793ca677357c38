// SPDX-License-Identifier: Apache-2.0
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { inject } from 'vitest';
import type { SetupName } from './names.ts';
import { finishedSpans, forgetSpans } from './spans.ts';

/** The set-up that the present test file runs in. It is in force before the test file is loaded. */
export const setup: {
  readonly name: SetupName;
  /** Scopes have recording spans, and OTel Context propagates. */
  readonly hasSpans: boolean;
  /** Spans that ended since {@link forgetSpans}, in order of their end; always empty without spans. */
  readonly finishedSpans: () => readonly ReadableSpan[];
  readonly forgetSpans: () => void;
} = (() => {
  const name = inject('setup');
  return { name, hasSpans: name === 'sdk', finishedSpans, forgetSpans };
})();
