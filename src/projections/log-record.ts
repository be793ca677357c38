// SPDX-License-Identifier: Apache-2.0
import { type Attributes, SeverityNumber } from '@opentelemetry/api';
import { GEN_AI, LOG_SEVERITY, MARK_LOG, METADATA, METRIC_SCHEMA } from '../../semconv/index.ts';
import type { DataSchema, Json, JsonObject } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';

/** How urgent a log record is. */
export interface LogSeverity {
  readonly severityNumber: SeverityNumber;
  readonly severityText: string;
}

const severity = (severityText: string, severityNumber: SeverityNumber): LogSeverity => ({
  severityNumber,
  severityText,
});

/** Severities by the word that metadata has for them. */
export const SEVERITY: {
  readonly [Name in 'trace' | 'debug' | 'info' | 'warn' | 'warning' | 'error']: LogSeverity;
} = {
  trace: severity('TRACE', SeverityNumber.TRACE),
  debug: severity('DEBUG', SeverityNumber.DEBUG),
  info: severity('INFO', SeverityNumber.INFO),
  warn: severity('WARN', SeverityNumber.WARN),
  warning: severity('WARN', SeverityNumber.WARN),
  error: severity('ERROR', SeverityNumber.ERROR),
};

/** Severity of a mark as its metadata says; `info` where that says nothing known. */
export function severityOf(metadata: JsonObject | null | undefined): LogSeverity {
  const word = metadata?.[LOG_SEVERITY];
  return typeof word === 'string' && Object.hasOwn(SEVERITY, word)
    ? SEVERITY[word as keyof typeof SEVERITY]
    : SEVERITY.info;
}

/** True for the schema of marks that hold measurements, whatever the mark really holds: those are never log records. */
export function isReserved(schema: DataSchema | null | undefined): boolean {
  return schema?.name === METRIC_SCHEMA.name;
}

const ELSEWHERE: ReadonlySet<string> = new Set([METADATA.ROOT_UUID, METADATA.TRACE_ID, METADATA.SPAN_ID, LOG_SEVERITY]);

/** Attributes of the log record that a mark becomes: all that its span event says without content. */
export function markAttributes(mark: EventRecord): Attributes {
  const attributes: Attributes = { [MARK_LOG.UUID]: mark.uuid };
  const set = (name: string, value: Json | undefined): void => {
    if (value !== undefined && value !== null) attributes[name] = wellFormed(value);
  };
  set(MARK_LOG.PARENT_UUID, mark.parent_uuid);
  set(MARK_LOG.ROOT_UUID, mark.metadata?.[METADATA.ROOT_UUID]);
  set(MARK_LOG.CATEGORY, mark.category);
  set(MARK_LOG.SUBTYPE, mark.category_profile?.['subtype']);
  set(MARK_LOG.SCHEMA_NAME, mark.data_schema?.name);
  set(MARK_LOG.SCHEMA_VERSION, mark.data_schema?.version);
  const metadata = Object.entries(mark.metadata ?? {}).filter(([key]) => !ELSEWHERE.has(key));
  if (metadata.length > 0) set(MARK_LOG.METADATA, Object.fromEntries(metadata));
  return attributes;
}

/** A value for a log record: a copy of its own in which every text can be sent. */
export function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toWellFormed(), wellFormed(member)]));
}

const STRUCTURED = [
  GEN_AI.SYSTEM_INSTRUCTIONS,
  GEN_AI.INPUT_MESSAGES,
  GEN_AI.OUTPUT_MESSAGES,
  GEN_AI.TOOL_DEFINITIONS,
] as const;

/** Content attributes as log records must have them: structured where spans have JSON text. Changes the given attributes, and returns them. */
export function structured(attributes: Attributes): Attributes {
  for (const name of STRUCTURED) {
    const text = attributes[name];
    if (typeof text !== 'string') continue;
    try {
      attributes[name] = wellFormed(JSON.parse(text) as Json);
    } catch {
      // A payload that no codec understood and that is a text itself.
    }
  }
  return attributes;
}
