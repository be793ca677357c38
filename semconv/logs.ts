// SPDX-License-Identifier: Apache-2.0

/** Names of the log records of the GenAI semantic conventions that Flow emits. */
export const GEN_AI_LOG = {
  INFERENCE_DETAILS: 'gen_ai.client.inference.operation.details',
  OPERATION_EXCEPTION: 'gen_ai.client.operation.exception',
} as const;

/** Attributes of the log record that a mark becomes. */
export const MARK_LOG = {
  UUID: 'flow.mark.uuid',
  PARENT_UUID: 'flow.mark.parent_uuid',
  ROOT_UUID: 'flow.mark.root_uuid',
  CATEGORY: 'flow.mark.category',
  SUBTYPE: 'flow.mark.subtype',
  SCHEMA_NAME: 'flow.mark.data_schema.name',
  SCHEMA_VERSION: 'flow.mark.data_schema.version',
  /** All other metadata of the mark, as one structured value. */
  METADATA: 'flow.mark.metadata',
} as const;

/** Metadata key with the severity of a mark: `trace`, `debug`, `info`, `warn` or `error`. */
export const LOG_SEVERITY = 'flow.log.severity';
