// SPDX-License-Identifier: Apache-2.0
import { GEN_AI } from '../../semconv/index.ts';
import type { DecodedSpan } from '../../test/support/collector/index.ts';
import { rejectionOf } from './rejections.ts';
import type { WrittenTrajectory } from './trajectories.ts';

const APPLICATION = 'run by the application itself: seen in the trajectory, beyond the reach of tool policy';

/** Says of each tool that a model asked for whether its calls crossed a seam, where policy applies, and what became of them. */
export function toolLines(spans: readonly DecodedSpan[], trajectories: readonly WrittenTrajectory[]): string[] {
  const steps = trajectories.flatMap(({ trajectory }) => trajectory.steps);
  const names = [...new Set(steps.flatMap((step) => step.tool_calls ?? []).map((call) => call.function_name))];
  const width = Math.max(0, ...names.map((name) => name.length)) + 2;
  const crossed = crossings(spans);
  if (names.length === 0) return ['none: no model asked for one'];
  return names.map((name) => `${name.padEnd(width)}${crossed.get(name) ?? APPLICATION}`);
}

/** By tool, how its calls crossed a seam. The parent's name says which seam. */
function crossings(spans: readonly DecodedSpan[]): Map<string, string> {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  const found = new Map<string, string>();
  for (const span of spans) {
    const seam = `crossed a seam (${names.get(span.parentSpanId) ?? 'a scope of the application'})`;
    const tool = span.attributes[GEN_AI.TOOL_NAME];
    const rejection = rejectionOf(span);
    if (rejection) found.set(rejection.tool, `${seam}: refused by ${rejection.guardrail}, so it never ran`);
    else if (typeof tool === 'string') found.set(tool, found.get(tool) ?? `${seam}: managed, policy applies`);
  }
  return found;
}
