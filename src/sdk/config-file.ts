// SPDX-License-Identifier: Apache-2.0
import type { ConfigModel } from './config-file-model.ts';
import { loadThrough } from './load-through.ts';
import type { SettingReader } from './setting-reader.ts';
import type { Settings } from './environment.ts';

/** What `OTEL_CONFIG_FILE` names. */
export interface ConfigFile {
  readonly path: string;
  /** Checked against the schema, with variables filled in. Undefined for a file that cannot be used: then there is no telemetry. */
  readonly model: ConfigModel | undefined;
}

/** Variables that keep their meaning beside a configuration file: they concern instrumentations, not the SDK. */
const KEPT: readonly string[] = [
  'OTEL_CONFIG_FILE',
  'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
  'OTEL_NODE_ENABLED_INSTRUMENTATIONS',
  'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
  'OTEL_SEMCONV_STABILITY_OPT_IN',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** What counts of the environment where a configuration file is named: the specification has all of `OTEL_*` ignored. */
export function besideConfigFile(env: Environment): Environment {
  if (!env['OTEL_CONFIG_FILE']?.trim()) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OTEL_') || KEPT.includes(name)));
}

/** Reads the file, if one is named. One that cannot be used is reported. */
export function readConfigFile(reader: SettingReader): ConfigFile | undefined {
  const path = reader.text('OTEL_CONFIG_FILE');
  if (path === undefined) return undefined;
  try {
    const { parseConfigFile } = loadThrough<{ parseConfigFile(path: string): ConfigModel }>(
      '@opentelemetry/configuration',
    );
    return { path, model: parseConfigFile(path) };
  } catch (error) {
    const reason = String((error as Error).message ?? error).replace(
      `Invalid OpenTelemetry config file: ${path}: `,
      '',
    );
    reader.report('OTEL_CONFIG_FILE', `name a valid YAML file of file_format 1.0 (there is no telemetry): ${reason}`);
    return { path, model: undefined };
  }
}

const LEVELS: Readonly<Record<string, Settings['otelLogLevel']>> = {
  fatal: 'none',
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'all',
};

/** `log_level` as `OTEL_LOG_LEVEL` would have it. Without one nothing is said, as without that variable. */
export function logLevelOf({ model }: ConfigFile): Settings['otelLogLevel'] {
  return LEVELS[model?.log_level?.replace(/\d$/, '') ?? 'fatal'] ?? 'none';
}
