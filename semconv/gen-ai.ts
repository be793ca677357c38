// SPDX-License-Identifier: Apache-2.0

/**
 * Names of the GenAI semantic conventions (open-telemetry/semantic-conventions-genai, newest spelling). The npm package of the
 * conventions froze its GenAI names; these are kept here until a stable release exists.
 */
export const GEN_AI = {
  AGENT_NAME: 'gen_ai.agent.name',
  CONVERSATION_ID: 'gen_ai.conversation.id',
  EMBEDDINGS_DIMENSION_COUNT: 'gen_ai.embeddings.dimension.count',
  INPUT_MESSAGES: 'gen_ai.input.messages',
  OPERATION_NAME: 'gen_ai.operation.name',
  OUTPUT_MESSAGES: 'gen_ai.output.messages',
  PROVIDER_NAME: 'gen_ai.provider.name',
  REQUEST_CHOICE_COUNT: 'gen_ai.request.choice.count',
  REQUEST_ENCODING_FORMATS: 'gen_ai.request.encoding_formats',
  REQUEST_FREQUENCY_PENALTY: 'gen_ai.request.frequency_penalty',
  REQUEST_MAX_TOKENS: 'gen_ai.request.max_tokens',
  REQUEST_MODEL: 'gen_ai.request.model',
  REQUEST_PRESENCE_PENALTY: 'gen_ai.request.presence_penalty',
  REQUEST_PREVIOUS_RESPONSE_ID: 'gen_ai.request.previous_response.id',
  REQUEST_REASONING_LEVEL: 'gen_ai.request.reasoning.level',
  REQUEST_SEED: 'gen_ai.request.seed',
  REQUEST_STOP_SEQUENCES: 'gen_ai.request.stop_sequences',
  REQUEST_STREAM: 'gen_ai.request.stream',
  REQUEST_TEMPERATURE: 'gen_ai.request.temperature',
  REQUEST_TOP_K: 'gen_ai.request.top_k',
  REQUEST_TOP_P: 'gen_ai.request.top_p',
  RESPONSE_FINISH_REASONS: 'gen_ai.response.finish_reasons',
  RESPONSE_ID: 'gen_ai.response.id',
  RESPONSE_MODEL: 'gen_ai.response.model',
  RESPONSE_TIME_TO_FIRST_CHUNK: 'gen_ai.response.time_to_first_chunk',
  SYSTEM_INSTRUCTIONS: 'gen_ai.system_instructions',
  TOOL_CALL_ARGUMENTS: 'gen_ai.tool.call.arguments',
  TOOL_CALL_ID: 'gen_ai.tool.call.id',
  TOOL_CALL_RESULT: 'gen_ai.tool.call.result',
  TOOL_DEFINITIONS: 'gen_ai.tool.definitions',
  TOOL_DESCRIPTION: 'gen_ai.tool.description',
  TOOL_NAME: 'gen_ai.tool.name',
  TOOL_TYPE: 'gen_ai.tool.type',
  USAGE_CACHE_READ_INPUT_TOKENS: 'gen_ai.usage.cache_read.input_tokens',
  USAGE_CACHE_WRITE_INPUT_TOKENS: 'gen_ai.usage.cache_write.input_tokens',
  USAGE_INPUT_TOKENS: 'gen_ai.usage.input_tokens',
  USAGE_OUTPUT_TOKENS: 'gen_ai.usage.output_tokens',
  USAGE_REASONING_OUTPUT_TOKENS: 'gen_ai.usage.reasoning.output_tokens',
} as const;

/** Stable names that Flow's spans use beside those of GenAI. */
export const STABLE = {
  ERROR_TYPE: 'error.type',
  EXCEPTION_TYPE: 'exception.type',
  SERVER_ADDRESS: 'server.address',
  SERVER_PORT: 'server.port',
  TELEMETRY_DISTRO_NAME: 'telemetry.distro.name',
  TELEMETRY_DISTRO_VERSION: 'telemetry.distro.version',
} as const;
