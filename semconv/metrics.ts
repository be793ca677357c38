// SPDX-License-Identifier: Apache-2.0

/** Names of the metrics of the GenAI semantic conventions that Flow records. */
export const GEN_AI_METRIC = {
  /** Embeddings and retrievals; in the older names also inference. */
  OPERATION_DURATION: 'gen_ai.client.operation.duration',
  INFERENCE_DURATION: 'gen_ai.client.inference.duration',
  INFERENCE_TIME_TO_FIRST_CHUNK: 'gen_ai.client.inference.time_to_first_chunk',
  INFERENCE_TIME_PER_OUTPUT_CHUNK: 'gen_ai.client.inference.time_per_output_chunk',
  USAGE_INPUT_TOKENS: 'gen_ai.client.inference.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'gen_ai.client.inference.usage.output_tokens',
  USAGE_CACHE_READ_INPUT_TOKENS: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  USAGE_CACHE_WRITE_INPUT_TOKENS: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  USAGE_REASONING_OUTPUT_TOKENS: 'gen_ai.client.inference.usage.reasoning.output_tokens',
  OPERATION_INPUT_TOKENS: 'gen_ai.client.inference.operation.input_tokens',
  OPERATION_OUTPUT_TOKENS: 'gen_ai.client.inference.operation.output_tokens',
  EXECUTE_TOOL_DURATION: 'gen_ai.execute_tool.duration',
  INVOKE_AGENT_DURATION: 'gen_ai.invoke_agent.duration',
  INVOKE_AGENT_INFERENCE_CALLS: 'gen_ai.invoke_agent.inference_calls',
  INVOKE_AGENT_TOOL_CALLS: 'gen_ai.invoke_agent.tool_calls',
  /** Older names, up to version 1.41 of the conventions: recorded on request, in place of those above. */
  LEGACY_TOKEN_USAGE: 'gen_ai.client.token.usage',
  LEGACY_TIME_TO_FIRST_CHUNK: 'gen_ai.client.operation.time_to_first_chunk',
  LEGACY_TIME_PER_OUTPUT_CHUNK: 'gen_ai.client.operation.time_per_output_chunk',
} as const;

/** Attributes that only metrics have. */
export const METRIC_ATTRIBUTE = {
  /** `audio`, or `unknown` where the provider does not say. */
  TOKEN_MODALITY: 'gen_ai.token.modality',
  /** `input` or `output`; older names only. */
  TOKEN_TYPE: 'gen_ai.token.type',
} as const;

/** The reserved `data_schema` of marks that hold measurements. They become metrics, never log records. */
export const METRIC_SCHEMA = { name: 'flow.metric_measurements', version: '1' } as const;
