// SPDX-License-Identifier: Apache-2.0
import { HIDEABLE, type Hideable } from '../projections/openinference-hide.ts';
import { readBatchSettings } from './batch-settings.ts';
import type { BatchSettings } from './delivery.ts';
import { besideConfigFile, type ConfigFile, logLevelOf, readConfigFile } from './config-file.ts';
import { type LimitSettings, readGeneralLimits, readLimits } from './limit-settings.ts';
import { type LogSettings, readLogSettings } from './log-settings.ts';
import { type MetricSettings, readMetricSettings, sending } from './metric-settings.ts';
import { findMisspelt } from './misspelt.ts';
import { readOtlpSettings, type OtlpSettings } from './otlp-settings.ts';
import { createSettingReader, type SettingProblem, type SettingReader } from './setting-reader.ts';
import { readPolicyErrors } from './policy-settings.ts';
import { SETTINGS } from './settings.ts';
import { errorsGoToTerminal } from './terminal.ts';
import { readZipkinSettings, type ZipkinSettings } from './zipkin-settings.ts';

type Values<N extends keyof typeof SETTINGS> = (typeof SETTINGS)[N] extends { readonly values: readonly (infer V)[] }
  ? V
  : never;

/** What the environment asks for, read once. Nothing else on the start path reads `process.env`. */
export interface Settings {
  /** `FLOW_DISABLED`: start nothing at all. */
  readonly disabled: boolean;
  /** `OTEL_SDK_DISABLED`: no spans and no files, policy stays. */
  readonly sdkDisabled: boolean;
  /** `OTEL_CONFIG_FILE`: what it says about the SDK, in the place of the other variables. */
  readonly configFile: ConfigFile | undefined;
  readonly logLevel: Values<'FLOW_LOG'>;
  readonly otelLogLevel: Values<'OTEL_LOG_LEVEL'>;
  /** Where spans go over the network or to standard output. Files are apart: they do not depend on it. */
  readonly exporters: readonly ('otlp' | 'console' | 'zipkin')[];
  readonly otlp: OtlpSettings;
  readonly zipkin: ZipkinSettings;
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
  readonly toolRejection: Values<'FLOW_TOOL_REJECTION'>;
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

const ENTITIES_FIX =
  'use OTEL_RESOURCE_ATTRIBUTES: the OpenTelemetry SDK for JavaScript has no entities (it is ignored)';
const LOGS_FIX = 'no log records are sent, so none has content: set OTEL_LOGS_EXPORTER=otlp, or use SPAN_ONLY';

/** Never throws. Reports each unusable value once, in `warnings` or `errors`. */
export function readSettings(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const reader = createSettingReader(besideConfigFile(env));
  const configFile = readConfigFile(reader);
  const exporters = reader.list('OTEL_TRACES_EXPORTER') ?? ['otlp'];
  const content = reader.choice('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT') ?? 'false';
  const propagators = reader.list('OTEL_PROPAGATORS') ?? ['tracecontext', 'baggage'];
  const general = readGeneralLimits(reader);
  const settings = {
    disabled: reader.flag('FLOW_DISABLED'),
    sdkDisabled: reader.flag('OTEL_SDK_DISABLED') || configFile?.model?.disabled === true,
    configFile,
    logLevel: reader.choice('FLOW_LOG') ?? (errorsGoToTerminal() ? 'info' : SETTINGS.FLOW_LOG.default),
    otelLogLevel: configFile
      ? logLevelOf(configFile)
      : (reader.choice('OTEL_LOG_LEVEL') ?? SETTINGS.OTEL_LOG_LEVEL.default),
    exporters: sending(
      reader,
      'OTEL_TRACES_EXPORTER',
      exporters.filter((name) => name !== 'atof' && name !== 'atif'),
    ),
    otlp: readOtlpSettings(reader, 'TRACES'),
    zipkin: readZipkinSettings(reader),
    batch: readBatchSettings(reader, 'BSP'),
    metrics: readMetricSettings(reader),
    sampler: readSampler(reader),
    limits: readLimits(reader, general),
    logs: readLogSettings(reader, general),
    propagators: propagators.includes('none') ? [] : propagators.filter((name) => name !== 'none'),
    serviceName: reader.text('OTEL_SERVICE_NAME'),
    resourceAttributes: reader.pairs('OTEL_RESOURCE_ATTRIBUTES', false),
    resourceDetectors: readDetectors(reader),
    enabledInstrumentations: reader.names('OTEL_NODE_ENABLED_INSTRUMENTATIONS')?.map(shortName),
    disabledInstrumentations: (reader.names('OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? []).map(shortName),
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
    toolRejection: reader.choice('FLOW_TOOL_REJECTION') ?? SETTINGS.FLOW_TOOL_REJECTION.default,
    chunkMarks: reader.flag('FLOW_CHUNK_MARKS'),
    propagateToModels: readPropagation(reader),
    markSpans: reader.choice('FLOW_MARKS') === 'span',
    legacyMetrics: reader.choice('FLOW_METRICS_NAMES') === 'legacy',
    exitTimeoutMillis: reader.whole('FLOW_EXIT_TIMEOUT_MS', 0) ?? Number(SETTINGS.FLOW_EXIT_TIMEOUT_MS.default),
  };
  const sendsLogs = configFile ? configFile.model?.logger_provider != null : settings.logs.exporters.length > 0;
  if (settings.content.logs && !sendsLogs)
    reader.report('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', LOGS_FIX);
  reportUnread(reader, env);
  const errors = readPolicyErrors(reader, settings);
  return { ...settings, warnings: reader.problems, errors };
}

function readPropagation(reader: SettingReader): Settings['propagateToModels'] {
  const asked = reader.list('FLOW_PROPAGATE_TO_MODELS') ?? [];
  return asked.includes('off') ? [] : asked.filter((name) => name !== 'off');
}

// The name of the package says the same.
const shortName = (name: string): string => name.replace(/^@opentelemetry\/instrumentation-/, '');

function readSampler(reader: SettingReader): Settings['sampler'] {
  const name = reader.choice('OTEL_TRACES_SAMPLER') ?? SETTINGS.OTEL_TRACES_SAMPLER.default;
  const argument = reader.text('OTEL_TRACES_SAMPLER_ARG');
  const ratio = Number(argument ?? SETTINGS.OTEL_TRACES_SAMPLER_ARG.default);
  if (!/x/i.test(argument ?? '') && ratio >= 0 && ratio <= 1) return { name, ratio };
  reader.report('OTEL_TRACES_SAMPLER_ARG', 'use a number from 0 to 1 (1 is used)');
  return { name, ratio: 1 };
}

function readDetectors(reader: SettingReader): Settings['resourceDetectors'] {
  const asked = reader.list('OTEL_NODE_RESOURCE_DETECTORS') ?? ['all'];
  if (asked.includes('none')) return [];
  if (asked.includes('all')) return ['env', 'host', 'os', 'process', 'serviceinstance'];
  return asked.filter((name) => name !== 'all' && name !== 'none');
}

/** What is set in vain: nobody reads it, and somebody meant it. */
function reportUnread(reader: SettingReader, env: Readonly<Record<string, string | undefined>>): void {
  if (reader.text('OTEL_ENTITIES') !== undefined) reader.report('OTEL_ENTITIES', ENTITIES_FIX);
  const names = Object.keys(besideConfigFile(env)).filter((name) => env[name]?.trim());
  for (const [name, meant] of findMisspelt(names, Object.keys(SETTINGS))) {
    // What was meant for headers is a secret under another name as well.
    const secret = meant.endsWith('_HEADERS') || /:\/\/[^/]*@/.test(env[name] ?? '');
    reader.report(name, `did you mean ${meant}? (it is ignored)`, secret ? '(not shown)' : env[name]?.trim());
  }
}
