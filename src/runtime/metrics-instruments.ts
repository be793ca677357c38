// SPDX-License-Identifier: Apache-2.0
import { type Attributes, type Counter, type Histogram, type MetricOptions, ValueType } from '@opentelemetry/api';
import { GEN_AI_METRIC } from '../../semconv/index.ts';
import { createMetering } from './meter.ts';

/** Name of a metric that the runtime records. */
export type MetricName = (typeof GEN_AI_METRIC)[keyof typeof GEN_AI_METRIC];

const doubling = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Number((from * 2 ** index).toFixed(2)));
const quadrupling = (count: number): number[] => Array.from({ length: count }, (_, index) => 4 ** index);

const counter = (description: string): Definition => ({ kind: 'counter', unit: '{token}', description });
const histogram = (unit: string, description: string, boundaries: readonly number[]): Definition => ({
  kind: 'histogram',
  unit,
  description,
  boundaries,
});
const operationSeconds = (description: string): Definition => histogram('s', description, doubling(0.01, 14));
const tokens = (description: string): Definition => histogram('{token}', description, quadrupling(14));

interface Definition {
  readonly kind: 'counter' | 'histogram';
  readonly unit: string;
  readonly description: string;
  /** Those of the conventions. */
  readonly boundaries?: readonly number[];
}

const DEFINITIONS: { readonly [Name in MetricName]: Definition } = {
  [GEN_AI_METRIC.OPERATION_DURATION]: operationSeconds('Duration of a GenAI operation.'),
  [GEN_AI_METRIC.INFERENCE_DURATION]: operationSeconds('Duration of an inference, from request to end of response.'),
  [GEN_AI_METRIC.INFERENCE_TIME_TO_FIRST_CHUNK]: operationSeconds('Time from the request to the first chunk.'),
  [GEN_AI_METRIC.INFERENCE_TIME_PER_OUTPUT_CHUNK]: operationSeconds('Time per chunk after the first one.'),
  [GEN_AI_METRIC.USAGE_INPUT_TOKENS]: counter('Input tokens used, with cached ones.'),
  [GEN_AI_METRIC.USAGE_OUTPUT_TOKENS]: counter('Output tokens used, with those of reasoning.'),
  [GEN_AI_METRIC.USAGE_CACHE_READ_INPUT_TOKENS]: counter("Input tokens read from the provider's cache."),
  [GEN_AI_METRIC.USAGE_CACHE_WRITE_INPUT_TOKENS]: counter("Input tokens written to the provider's cache."),
  [GEN_AI_METRIC.USAGE_REASONING_OUTPUT_TOKENS]: counter('Output tokens used for reasoning.'),
  [GEN_AI_METRIC.OPERATION_INPUT_TOKENS]: tokens('Input tokens of one inference.'),
  [GEN_AI_METRIC.OPERATION_OUTPUT_TOKENS]: tokens('Output tokens of one inference.'),
  [GEN_AI_METRIC.EXECUTE_TOOL_DURATION]: operationSeconds('Duration of one tool execution.'),
  [GEN_AI_METRIC.INVOKE_AGENT_DURATION]: histogram('s', 'Duration of one agent invocation.', doubling(0.1, 13)),
  [GEN_AI_METRIC.INVOKE_AGENT_INFERENCE_CALLS]: histogram(
    '{inference_call}',
    'Inferences that an agent itself made during one invocation.',
    doubling(1, 8),
  ),
  [GEN_AI_METRIC.INVOKE_AGENT_TOOL_CALLS]: histogram(
    '{tool_call}',
    'Tools that an agent itself executed during one invocation.',
    doubling(1, 8),
  ),
  [GEN_AI_METRIC.LEGACY_TOKEN_USAGE]: tokens('Input and output tokens used.'),
  [GEN_AI_METRIC.LEGACY_TIME_TO_FIRST_CHUNK]: operationSeconds('Time from the request to the first chunk.'),
  [GEN_AI_METRIC.LEGACY_TIME_PER_OUTPUT_CHUNK]: operationSeconds('Time per chunk after the first one.'),
};

const metering = createMetering<(value: number, attributes: Attributes) => void>('@flow/register');

/** True while somebody collects metrics. */
export function hasMeter(): boolean {
  return metering() !== undefined;
}

/** Records one value; nothing where nobody collects metrics. An instrument is made when it is first needed. May throw what the SDK throws. */
export function record(name: MetricName, value: number, attributes: Attributes): void {
  const current = metering();
  if (current === undefined) return;
  let instrument = current.instruments.get(name);
  if (instrument === undefined) {
    const { kind, unit, description, boundaries } = DEFINITIONS[name];
    const options: MetricOptions = {
      unit,
      description,
      valueType: unit === 's' ? ValueType.DOUBLE : ValueType.INT,
      ...(boundaries !== undefined && { advice: { explicitBucketBoundaries: [...boundaries] } }),
    };
    const made: Counter | Histogram =
      kind === 'counter' ? current.meter.createCounter(name, options) : current.meter.createHistogram(name, options);
    instrument = (given, described) => ('add' in made ? made.add(given, described) : made.record(given, described));
    current.instruments.set(name, instrument);
  }
  instrument(value, attributes);
}
