// SPDX-License-Identifier: Apache-2.0
import { readOtlpSettings, type OtlpSettings } from './otlp-settings.ts';
import { createSettingReader, type SettingProblem, type SettingReader } from './setting-reader.ts';
import { SETTINGS, type SettingName } from './settings.ts';

type Values<N extends keyof typeof SETTINGS> = (typeof SETTINGS)[N] extends { readonly values: readonly (infer V)[] }
  ? V
  : never;

/** What the environment asks for, read once. Nothing else on the start path reads `process.env`. */
export interface Settings {
  /** `FLOW_DISABLED`: start nothing at all. */
  readonly disabled: boolean;
  /** `OTEL_SDK_DISABLED`: no spans and no files, policy stays. */
  readonly sdkDisabled: boolean;
  readonly logLevel: Values<'FLOW_LOG'>;
  readonly otelLogLevel: Values<'OTEL_LOG_LEVEL'>;
  /** Where spans go over the network or to standard output. Files are apart: they do not depend on it. */
  readonly exporters: readonly ('otlp' | 'console')[];
  readonly otlp: OtlpSettings;
  readonly batch: BatchSettings;
  readonly sampler: { readonly name: Values<'OTEL_TRACES_SAMPLER'>; readonly ratio: number };
  readonly limits: LimitSettings;
  readonly propagators: readonly Exclude<Values<'OTEL_PROPAGATORS'>, 'none'>[];
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly resourceDetectors: readonly Exclude<Values<'OTEL_NODE_RESOURCE_DETECTORS'>, 'all' | 'none'>[];
  readonly enabledInstrumentations: readonly string[] | undefined;
  readonly disabledInstrumentations: readonly string[];
  readonly dialects: readonly Values<'FLOW_SEMCONV'>[];
  /** Whether payloads may be recorded on spans and on log records. Files always hold them. */
  readonly content: { readonly spans: boolean; readonly logs: boolean };
  readonly atofFile: string | undefined;
  readonly atifDir: string | undefined;
  readonly atifVersion: Values<'FLOW_ATIF_VERSION'>;
  readonly requestStreamUsage: boolean;
  readonly exitTimeoutMillis: number;
  /** Telemetry settings that cannot be used; the application runs on with the defaults. */
  readonly warnings: readonly SettingProblem[];
  /** Policy that cannot be honoured: the start must stop, exit code 78. */
  readonly errors: readonly SettingProblem[];
}

/** The batch span processor's `OTEL_BSP_*`. */
export interface BatchSettings {
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
}

/** Limits of what one span holds, under the SDK's own names. */
export interface LimitSettings {
  readonly attributeCountLimit: number;
  readonly attributeValueLengthLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
}

const POLICY_FIX = 'policy documents are not supported yet; register policy in a module: --import ./policy.mjs';
const LOGS_FIX = 'log records come later, so no content is recorded on them; use SPAN_ONLY for content on spans';

/** Never throws. Reports each unusable value once, in `warnings` or `errors`. */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const reader = createSettingReader(env);
  const exporters = reader.list('OTEL_TRACES_EXPORTER') ?? ['otlp'];
  const content = reader.choice('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT') ?? 'false';
  const propagators = reader.list('OTEL_PROPAGATORS') ?? ['tracecontext', 'baggage'];
  const settings = {
    disabled: reader.flag('FLOW_DISABLED'),
    sdkDisabled: reader.flag('OTEL_SDK_DISABLED'),
    logLevel: reader.choice('FLOW_LOG') ?? (process.stderr.isTTY ? 'info' : SETTINGS.FLOW_LOG.default),
    otelLogLevel: reader.choice('OTEL_LOG_LEVEL') ?? SETTINGS.OTEL_LOG_LEVEL.default,
    exporters: exporters.includes('none') ? [] : exporters.filter((name) => name === 'otlp' || name === 'console'),
    otlp: readOtlpSettings(reader),
    batch: readBatch(reader),
    sampler: readSampler(reader),
    limits: readLimits(reader),
    propagators: propagators.includes('none') ? [] : propagators.filter((name) => name !== 'none'),
    serviceName: reader.text('OTEL_SERVICE_NAME'),
    resourceAttributes: reader.pairs('OTEL_RESOURCE_ATTRIBUTES', false),
    resourceDetectors: readDetectors(reader),
    enabledInstrumentations: reader.names('OTEL_NODE_ENABLED_INSTRUMENTATIONS'),
    disabledInstrumentations: reader.names('OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [],
    dialects: reader.list('FLOW_SEMCONV') ?? [SETTINGS.FLOW_SEMCONV.default],
    content: {
      spans: content === 'true' || content === 'SPAN_ONLY' || content === 'SPAN_AND_EVENT',
      logs: content === 'EVENT_ONLY' || content === 'SPAN_AND_EVENT',
    },
    atofFile: reader.text('FLOW_ATOF_FILE') ?? (exporters.includes('atof') ? './flow/events.atof.jsonl' : undefined),
    atifDir: reader.text('FLOW_ATIF_DIR') ?? (exporters.includes('atif') ? './flow' : undefined),
    atifVersion: reader.choice('FLOW_ATIF_VERSION') ?? SETTINGS.FLOW_ATIF_VERSION.default,
    requestStreamUsage: reader.choice('FLOW_STREAM_USAGE') === 'request',
    exitTimeoutMillis: reader.whole('FLOW_EXIT_TIMEOUT_MS', 0) ?? Number(SETTINGS.FLOW_EXIT_TIMEOUT_MS.default),
  };
  if (settings.content.logs) reader.report('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', LOGS_FIX);
  reportLater(reader);
  const errors = readPolicyErrors(reader, settings.disabled);
  return { ...settings, warnings: reader.problems, errors };
}

function readBatch(reader: SettingReader): BatchSettings {
  const maxQueueSize = reader.whole('OTEL_BSP_MAX_QUEUE_SIZE', 1) ?? Number(SETTINGS.OTEL_BSP_MAX_QUEUE_SIZE.default);
  const asked = reader.whole('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1);
  if (asked !== undefined && asked > maxQueueSize) {
    reader.report('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', `use at most OTEL_BSP_MAX_QUEUE_SIZE (${maxQueueSize} is used)`);
  }
  const {
    OTEL_BSP_SCHEDULE_DELAY: delay,
    OTEL_BSP_EXPORT_TIMEOUT: timeout,
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: size,
  } = SETTINGS;
  return {
    scheduledDelayMillis: reader.whole('OTEL_BSP_SCHEDULE_DELAY', 0) ?? Number(delay.default),
    exportTimeoutMillis: reader.whole('OTEL_BSP_EXPORT_TIMEOUT', 1) ?? Number(timeout.default),
    maxQueueSize,
    maxExportBatchSize: Math.min(asked ?? Number(size.default), maxQueueSize),
  };
}

function readSampler(reader: SettingReader): Settings['sampler'] {
  const name = reader.choice('OTEL_TRACES_SAMPLER') ?? SETTINGS.OTEL_TRACES_SAMPLER.default;
  const argument = reader.text('OTEL_TRACES_SAMPLER_ARG');
  const ratio = Number(argument ?? SETTINGS.OTEL_TRACES_SAMPLER_ARG.default);
  if (ratio >= 0 && ratio <= 1) return { name, ratio };
  reader.report('OTEL_TRACES_SAMPLER_ARG', 'use a number from 0 to 1 (1 is used)');
  return { name, ratio: 1 };
}

function readLimits(reader: SettingReader): LimitSettings {
  const count = (name: SettingName): number => reader.whole(name, 0) ?? Number(SETTINGS[name].default || Infinity);
  const attributes = count('OTEL_ATTRIBUTE_COUNT_LIMIT');
  const length = count('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT');
  return {
    attributeCountLimit: reader.whole('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 0) ?? attributes,
    attributeValueLengthLimit: reader.whole('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 0) ?? length,
    eventCountLimit: count('OTEL_SPAN_EVENT_COUNT_LIMIT'),
    linkCountLimit: count('OTEL_SPAN_LINK_COUNT_LIMIT'),
    attributePerEventCountLimit: count('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
    attributePerLinkCountLimit: count('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
  };
}

function readDetectors(reader: SettingReader): Settings['resourceDetectors'] {
  const asked = reader.list('OTEL_NODE_RESOURCE_DETECTORS') ?? ['all'];
  if (asked.includes('none')) return [];
  if (asked.includes('all')) return ['env', 'host', 'os', 'process', 'serviceinstance'];
  return asked.filter((name) => name !== 'all' && name !== 'none');
}

function reportLater(reader: SettingReader): void {
  for (const name of ['OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'] as const) {
    if ((reader.text(name) ?? 'none') !== 'none')
      reader.report(name, 'use none: this signal comes later (it is ignored)');
  }
  if (reader.text('OTEL_CONFIG_FILE') !== undefined) {
    reader.report('OTEL_CONFIG_FILE', 'use OTEL_* variables: declarative configuration comes later (it is ignored)');
  }
}

/** `FLOW_POLICY_ON_ERROR=warn` turns what would stop the start into a warning. */
function readPolicyErrors(reader: SettingReader, disabled: boolean): readonly SettingProblem[] {
  const onError = reader.choice('FLOW_POLICY_ON_ERROR') ?? SETTINGS.FLOW_POLICY_ON_ERROR.default;
  const value = reader.text('FLOW_CONFIG');
  if (value === undefined || disabled) return [];
  if (onError === 'stop') return [{ setting: 'FLOW_CONFIG', value, fix: POLICY_FIX }];
  reader.report('FLOW_CONFIG', POLICY_FIX);
  return [];
}
