// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { startTracing } from '../projections/tracing.ts';

test('a span processor that flushes while the span of a mark ends gets no event twice', async () => {
  const { settings } = getRuntime().internals;
  settings.markSpans = true;
  const seen: string[] = [];
  const tracing = startTracing({
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: ({ name, events }) => {
          // What the end still waits for is given up in here.
          if (name === 'mark:mark') flow.flushSync();
          seen.push(...events.map((event) => event.name));
        },
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      },
    ],
  });
  using _ = flow.event.addSanitizeScopeStart('slow', async ({ data, category_profile, metadata }) => {
    await Promise.resolve();
    return { data, category_profile, metadata };
  });
  using __ = flow.event.addSanitizeScopeEnd('hanging', () => new Promise(() => undefined));
  flow.scope.run('scope', () => flow.scope.mark('mark'));
  await flow.flush();
  tracing.stop();
  settings.markSpans = false;
  expect(seen.toSorted()).toEqual(['atof.end', 'atof.mark', 'atof.start']);
});
