// SPDX-License-Identifier: Apache-2.0
import { CONTROL_SETTINGS } from './control-settings.ts';
import { EXPORTER_SETTINGS } from './exporter-settings.ts';
import { PIPELINE_SETTINGS } from './pipeline-settings.ts';

const TELEMETRY_SETTINGS = {
  FLOW_ATOF_FILE: { form: 'file', default: '', meaning: 'Write ATOF events to this JSONL file.' },
  FLOW_ATIF_DIR: { form: 'folder', default: '', meaning: 'Write ATIF trajectories into this folder.' },
  FLOW_ATIF_VERSION: { values: ['1.7', '1.6'], default: '1.7', meaning: 'Version of the ATIF documents.' },
  FLOW_SEMCONV: {
    values: ['gen_ai', 'openinference', 'atof'],
    default: 'gen_ai',
    meaning:
      'Dialects in which spans are written, a list. Names, numbers and outcome are `gen_ai.*` attributes in each of them; content is only in those listed. `openinference` takes an attribute for each part of a message: long conversations need a higher `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.',
  },
  OPENINFERENCE_HIDE_INPUTS: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'Of `openinference` content: hide all that went in.',
  },
  OPENINFERENCE_HIDE_OUTPUTS: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for all that came out.',
  },
  OPENINFERENCE_HIDE_INPUT_MESSAGES: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for messages of requests and for texts to embed.',
  },
  OPENINFERENCE_HIDE_OUTPUT_MESSAGES: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for messages of responses.',
  },
  OPENINFERENCE_HIDE_INPUT_IMAGES: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for images in messages of requests.',
  },
  OPENINFERENCE_HIDE_INPUT_TEXT: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for texts in messages of requests and for texts to embed.',
  },
  OPENINFERENCE_HIDE_OUTPUT_TEXT: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for texts in messages of responses.',
  },
  OPENINFERENCE_HIDE_LLM_INVOCATION_PARAMETERS: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'The same for the parameters of requests.',
  },
  OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH: { form: 'count', default: '32000', meaning: 'Longest base64 image in it.' },
  FLOW_STREAM_USAGE: {
    values: ['request', 'off'],
    default: 'off',
    meaning: '`request` asks chat streams for token usage and hides the extra chunk from the application.',
  },
  FLOW_TOOL_REJECTION: {
    values: ['throw', 'answer'],
    default: 'throw',
    meaning:
      "What an agent framework gets for a tool call that policy rejects: the error, which ends most runs, or `answer`: the reason as the tool's result, for the model to read.",
  },
  FLOW_CHUNK_MARKS: {
    values: ['true', 'false'],
    default: 'false',
    meaning:
      'Each chunk of a model stream is an `llm.chunk` mark for subscribers and files: when, which kind, never content.',
  },
  FLOW_PROPAGATE_TO_MODELS: {
    values: ['off', 'traceparent', 'session'],
    default: 'off',
    meaning:
      'What requests to models carry, a list: `traceparent` the trace context of the call, `session` the sessions of the agents around it (`x-dynamo-session-id`, `x-dynamo-parent-session-id`).',
  },
  FLOW_MARKS: {
    values: ['event', 'span'],
    default: 'event',
    meaning: 'Whether a mark is an event of the span of its scope, or a span of no length beneath it.',
  },
  FLOW_METRICS_NAMES: {
    values: ['latest', 'legacy'],
    default: 'latest',
    meaning:
      'Names of the GenAI metrics: those of the newest conventions, or those of version 1.41 that older dashboards read.',
  },
  FLOW_EXIT_TIMEOUT_MS: {
    form: 'count',
    default: '2000',
    meaning: 'How long the end of the process may wait until what is recorded has been delivered; 0 does not wait.',
  },
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: {
    values: ['false', 'NO_CONTENT', 'true', 'SPAN_ONLY', 'EVENT_ONLY', 'SPAN_AND_EVENT'],
    default: 'false',
    meaning: 'Record payloads on spans (`true`, `SPAN_ONLY`), on log records, or on both.',
  },
  OTEL_SDK_DISABLED: {
    values: ['true', 'false'],
    default: 'false',
    meaning: 'No spans and no files; policy stays in force.',
  },
  OTEL_SERVICE_NAME: {
    form: 'name',
    default: 'unknown_service:node',
    meaning: 'The resource attribute `service.name`.',
  },
  OTEL_ENTITIES: {
    form: 'entities',
    default: '',
    meaning: 'Entities of the resource. The OpenTelemetry SDK for JavaScript has none: setting it costs one warning.',
  },
  OTEL_RESOURCE_ATTRIBUTES: { form: 'pairs', default: '', meaning: 'Further resource attributes.' },
  OTEL_NODE_RESOURCE_DETECTORS: {
    values: ['all', 'none', 'env', 'host', 'os', 'process', 'serviceinstance'],
    default: 'all',
    meaning:
      'What is detected about the process, a list. Command-line arguments are never recorded: they hold secrets.',
  },
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: { form: 'names', default: '', meaning: 'Only these make spans, a list.' },
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: { form: 'names', default: '', meaning: 'These make no spans, a list.' },
  OTEL_LOG_LEVEL: {
    values: ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'],
    default: 'none',
    meaning: "OpenTelemetry's own diagnostics, to standard error.",
  },
  OTEL_PROPAGATORS: {
    values: ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray', 'ottrace', 'none'],
    default: 'tracecontext,baggage',
    meaning:
      'Formats in which context crosses process boundaries, a list. `jaeger`, `xray` and `ottrace` take a package of OpenTelemetry that the application installs.',
  },
  OTEL_TRACES_SAMPLER: {
    values: [
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
      'always_on',
      'always_off',
      'traceidratio',
    ],
    default: 'parentbased_always_on',
    meaning: 'Which traces are recorded as spans. Files and policy do not depend on it.',
  },
  OTEL_TRACES_SAMPLER_ARG: { form: 'ratio', default: '1', meaning: 'The ratio of the ratio samplers.' },
  OTEL_CONFIG_FILE: {
    form: 'file',
    default: '',
    meaning:
      'Declarative configuration, a YAML file: it replaces all `OTEL_*` of this table except those about instrumentations and content. Variables that it names are filled in.',
  },
} as const;

/** Every environment variable that the start reads. The README's table is generated from this one, so the order is for readers. */
export const SETTINGS: typeof CONTROL_SETTINGS &
  typeof TELEMETRY_SETTINGS &
  typeof EXPORTER_SETTINGS &
  typeof PIPELINE_SETTINGS = {
  ...CONTROL_SETTINGS,
  ...TELEMETRY_SETTINGS,
  ...EXPORTER_SETTINGS,
  ...PIPELINE_SETTINGS,
};

/** Name of an environment variable that the start reads. */
export type SettingName = keyof typeof SETTINGS;
