// SPDX-License-Identifier: Apache-2.0
import { HIDEABLE, type Hideable } from '../projections/openinference-hide.ts';
import { readBatchSettings } from './batch-settings.ts';
import type { BatchSettings } from './delivery.ts';
import { type LogSettings, readLogSettings } from './log-settings.ts';
import { type MetricSettings, readMetricSettings, sending } from './metric-settings.ts';
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
  readonly metrics: MetricSettings;
  readonly logs: LogSettings;
  readonly sampler: { readonly name: Values<'OTEL_TRACES_SAMPLER'>; readonly ratio: number };
  readonly limits: LimitSettings;
  readonly propagators: readonly Exclude<Values<'OTEL_PROPAGATORS'>, 'none'>[];
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly resourceDetectors: readonly Exclude<Values<'OTEL_NODE_RESOURCE_DETECTORS'>, 'all' | 'none'>[];
  readonly enabledInstrumentations: readonly string[] | undefined;
  readonly disabledInstrumentations: readonly string[];
  readonly dialects: readonly Values<'FLOW_SEMCONV'>[];
  readonly openInferenceHides: readonly Hideable[];
  readonly openInferenceImageLength: number;
  /** Whether payloads may be recorded on spans and on log records. Files always hold them. */
  readonly content: { readonly spans: boolean; readonly logs: boolean };
  /** `FLOW_UNPATCHED`: what policy cannot see is refused. */
  readonly refuseUnpatched: boolean;
  readonly requireCoverage: boolean;
  readonly atofFile: string | undefined;
  readonly atifDir: string | undefined;
  readonly atifVersion: Values<'FLOW_ATIF_VERSION'>;
  readonly requestStreamUsage: boolean;
  readonly chunkMarks: boolean;
  readonly propagateToModels: readonly Exclude<Values<'FLOW_PROPAGATE_TO_MODELS'>, 'off'>[];
  readonly markSpans: boolean;
  readonly legacyMetrics: boolean;
  readonly exitTimeoutMillis: number;
  /** Telemetry settings that cannot be used; the application runs on with the defaults. */
  readonly warnings: readonly SettingProblem[];
  /** Policy that cannot be honoured: the start must stop, exit code 78. */
  readonly errors: readonly SettingProblem[];
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
const LOGS_FIX = 'no log records are sent, so none has content: set OTEL_LOGS_EXPORTER=otlp, or use SPAN_ONLY';

/** Never throws. Reports each unusable value once, in `warnings` or `errors`. */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const reader = createSettingReader(env);
  const exporters = reader.list('OTEL_TRACES_EXPORTER') ?? ['otlp'];
  const content = reader.choice('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT') ?? 'false';
  const propagators = reader.list('OTEL_PROPAGATORS') ?? ['tracecontext', 'baggage'];
  const general = readGeneralLimits(reader);
  const settings = {
    disabled: reader.flag('FLOW_DISABLED'),
    sdkDisabled: reader.flag('OTEL_SDK_DISABLED'),
    logLevel: reader.choice('FLOW_LOG') ?? (process.stderr.isTTY ? 'info' : SETTINGS.FLOW_LOG.default),
    otelLogLevel: reader.choice('OTEL_LOG_LEVEL') ?? SETTINGS.OTEL_LOG_LEVEL.default,
    exporters: sending(
      reader,
      'OTEL_TRACES_EXPORTER',
      exporters.filter((name) => name !== 'atof' && name !== 'atif'),
    ),
    otlp: readOtlpSettings(reader, 'TRACES'),
    batch: readBatchSettings(reader, 'BSP'),
    metrics: readMetricSettings(reader),
    sampler: readSampler(reader),
    limits: readLimits(reader, general),
    logs: readLogSettings(reader, general),
    propagators: propagators.includes('none') ? [] : propagators.filter((name) => name !== 'none'),
    serviceName: reader.text('OTEL_SERVICE_NAME'),
    resourceAttributes: reader.pairs('OTEL_RESOURCE_ATTRIBUTES', false),
    resourceDetectors: readDetectors(reader),
    enabledInstrumentations: reader.names('OTEL_NODE_ENABLED_INSTRUMENTATIONS'),
    disabledInstrumentations: reader.names('OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [],
    dialects: reader.list('FLOW_SEMCONV') ?? [SETTINGS.FLOW_SEMCONV.default],
    openInferenceHides: HIDEABLE.filter((part) => reader.flag(`OPENINFERENCE_HIDE_${part}`)),
    openInferenceImageLength:
      reader.whole('OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH', 0) ??
      Number(SETTINGS.OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH.default),
    content: {
      spans: content === 'true' || content === 'SPAN_ONLY' || content === 'SPAN_AND_EVENT',
      logs: content === 'EVENT_ONLY' || content === 'SPAN_AND_EVENT',
    },
    refuseUnpatched: reader.text('FLOW_UNPATCHED')?.toLowerCase() === 'refuse',
    requireCoverage: ['1', 'true'].includes(reader.choice('FLOW_REQUIRE_COVERAGE') ?? '0'),
    atofFile: reader.text('FLOW_ATOF_FILE') ?? (exporters.includes('atof') ? './flow/events.atof.jsonl' : undefined),
    atifDir: reader.text('FLOW_ATIF_DIR') ?? (exporters.includes('atif') ? './flow' : undefined),
    atifVersion: reader.choice('FLOW_ATIF_VERSION') ?? SETTINGS.FLOW_ATIF_VERSION.default,
    requestStreamUsage: reader.choice('FLOW_STREAM_USAGE') === 'request',
    chunkMarks: reader.flag('FLOW_CHUNK_MARKS'),
    propagateToModels: readPropagation(reader),
    markSpans: reader.choice('FLOW_MARKS') === 'span',
    legacyMetrics: reader.choice('FLOW_METRICS_NAMES') === 'legacy',
    exitTimeoutMillis: reader.whole('FLOW_EXIT_TIMEOUT_MS', 0) ?? Number(SETTINGS.FLOW_EXIT_TIMEOUT_MS.default),
  };
  if (settings.content.logs && settings.logs.exporters.length === 0)
    reader.report('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', LOGS_FIX);
  reportLater(reader);
  const errors = readPolicyErrors(reader, settings.disabled);
  return { ...settings, warnings: reader.problems, errors };
}

function readPropagation(reader: SettingReader): Settings['propagateToModels'] {
  const asked = reader.list('FLOW_PROPAGATE_TO_MODELS') ?? [];
  return asked.includes('off') ? [] : asked.filter((name) => name !== 'off');
}

function readSampler(reader: SettingReader): Settings['sampler'] {
  const name = reader.choice('OTEL_TRACES_SAMPLER') ?? SETTINGS.OTEL_TRACES_SAMPLER.default;
  const argument = reader.text('OTEL_TRACES_SAMPLER_ARG');
  const ratio = Number(argument ?? SETTINGS.OTEL_TRACES_SAMPLER_ARG.default);
  if (ratio >= 0 && ratio <= 1) return { name, ratio };
  reader.report('OTEL_TRACES_SAMPLER_ARG', 'use a number from 0 to 1 (1 is used)');
  return { name, ratio: 1 };
}

function readGeneralLimits(reader: SettingReader): LogSettings['limits'] {
  return {
    attributeCountLimit: readLimit(reader, 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    attributeValueLengthLimit: readLimit(reader, 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
  };
}

function readLimit(reader: SettingReader, name: SettingName): number {
  return reader.whole(name, 0) ?? Number(SETTINGS[name].default || Infinity);
}

function readLimits(reader: SettingReader, general: LogSettings['limits']): LimitSettings {
  const count = (name: SettingName): number => readLimit(reader, name);
  return {
    attributeCountLimit: reader.whole('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 0) ?? general.attributeCountLimit,
    attributeValueLengthLimit:
      reader.whole('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 0) ?? general.attributeValueLengthLimit,
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
  if (reader.text('OTEL_CONFIG_FILE') !== undefined) {
    reader.report('OTEL_CONFIG_FILE', 'use OTEL_* variables: declarative configuration comes later (it is ignored)');
  }
}

/** `FLOW_POLICY_ON_ERROR=warn` turns what would stop the start into a warning. */
function readPolicyErrors(reader: SettingReader, disabled: boolean): readonly SettingProblem[] {
  const onError = reader.choice('FLOW_POLICY_ON_ERROR') ?? SETTINGS.FLOW_POLICY_ON_ERROR.default;
  const config = reader.text('FLOW_CONFIG');
  const unpatched = reader.text('FLOW_UNPATCHED');
  const errors: SettingProblem[] = [];
  if (config !== undefined) errors.push({ setting: 'FLOW_CONFIG', value: config, fix: POLICY_FIX });
  // Taken for `warn`, a misspelt `refuse` would let through what somebody wanted refused.
  if (unpatched !== undefined && !['warn', 'refuse'].includes(unpatched.toLowerCase()))
    errors.push({ setting: 'FLOW_UNPATCHED', value: unpatched, fix: 'use warn or refuse' });
  if (disabled) return [];
  if (onError === 'stop') return errors;
  for (const { setting, value, fix } of errors) reader.report(setting, fix, value);
  return [];
}
