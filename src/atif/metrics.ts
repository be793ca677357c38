// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Usage } from '../codecs/annotated.ts';
import { defined, isObject } from '../codecs/read.ts';
import type { Scope } from './scopes.ts';
import { isSettled, type SettledSteps } from './settled-steps.ts';
import type { StepDraft } from './step-draft.ts';
import type { FinalMetrics, Metrics } from './trajectory.ts';

const COUNTS = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'audio_input_tokens',
  'audio_output_tokens',
] as const satisfies readonly (keyof Usage)[];

/** One inference and what it used, or a call that made none (a cache answered). */
export interface Inference {
  readonly count: 0 | 1;
  readonly usage: Usage | undefined;
}

/** The inference that a model scope made itself, `recorded` being the usage of the response that its end event holds. */
export function inferenceOf(scope: Scope, recorded: Usage | undefined): Inference {
  const own = scope.end?.metadata?.[METADATA.USAGE];
  if (own === undefined) return { count: 1, usage: recorded };
  return isObject(own) ? { count: 1, usage: own as Usage } : { count: 0, usage: undefined };
}

/** Usage of several inferences together: of each number the sum of what is known. */
export function sumUsage(parts: readonly (Usage | undefined)[]): Usage {
  const sum: { [name: string]: number } = {};
  for (const part of parts) {
    if (part === undefined) continue;
    for (const name of COUNTS) {
      const known = count(part[name]);
      if (known !== undefined) sum[name] = (sum[name] ?? 0) + known;
    }
  }
  return sum;
}

/** Counts that ATIF has no field of its own for; the names are those in use. */
type ExtraCounts = {
  readonly total_tokens?: number;
  readonly reasoning_tokens?: number;
  readonly cache_creation_input_tokens?: number;
  readonly audio_input_tokens?: number;
  readonly audio_output_tokens?: number;
};

/** Usage as a step's metrics; undefined where nothing is known. */
export function toMetrics(usage: Usage): Metrics | undefined {
  const extra = defined<ExtraCounts>({
    total_tokens: usage.total_tokens,
    reasoning_tokens: usage.reasoning_tokens,
    cache_creation_input_tokens: usage.cache_write_tokens,
    audio_input_tokens: usage.audio_input_tokens,
    audio_output_tokens: usage.audio_output_tokens,
  });
  const metrics = defined<Metrics>({
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    cached_tokens: usage.cache_read_tokens,
    extra: Object.keys(extra).length > 0 ? extra : undefined,
  });
  return Object.keys(metrics).length > 0 ? metrics : undefined;
}

/** Sums over the steps; a sum of which no step knows anything is left out. Settled steps have no metrics. */
export function finalMetrics(steps: readonly (StepDraft | SettledSteps)[]): FinalMetrics {
  const sums: { prompt_tokens?: number; completion_tokens?: number; cached_tokens?: number } = {};
  let count = 0;
  for (const entry of steps) {
    count += isSettled(entry) ? entry.count : 1;
    const metrics = isSettled(entry) ? undefined : entry.fields.metrics;
    if (metrics === undefined) continue;
    for (const name of SUMMED) {
      const known = metrics[name];
      if (known !== undefined) sums[name] = (sums[name] ?? 0) + known;
    }
  }
  return defined<FinalMetrics>({
    total_prompt_tokens: sums.prompt_tokens,
    total_completion_tokens: sums.completion_tokens,
    total_cached_tokens: sums.cached_tokens,
    total_steps: count,
  });
}

const SUMMED = ['prompt_tokens', 'completion_tokens', 'cached_tokens'] as const satisfies readonly (keyof Metrics)[];

/** Token numbers come from outside: what is no count is unknown. */
function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
