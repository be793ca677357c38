// SPDX-License-Identifier: Apache-2.0
import type { DataSchema, JsonObject } from '../atof/event.ts';
import { checkMetadata, checkName, checkOptions, checkObject, checkTime, invalid, shown } from './checks.ts';
import type { MarkFields } from './emit-mark.ts';

/** How urgent a mark is, where marks become log records. */
export type Severity = 'trace' | 'debug' | 'info' | 'warn' | 'error';
const SEVERITIES: readonly unknown[] = ['trace', 'debug', 'info', 'warn', 'error'];

/** What a mark can carry. */
export interface MarkOptions {
  readonly data?: unknown;
  readonly dataSchema?: DataSchema | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly severity?: Severity | undefined;
  readonly category?: string | undefined;
  readonly profile?: JsonObject | undefined;
  /** Unix microseconds; default now. */
  readonly time?: number | undefined;
}

/** Checks the options and takes the metadata as it is now. */
export function markFields(name: string, options: MarkOptions = {}): MarkFields {
  const where = `mark '${shown(name)}'`;
  checkOptions(where, options);
  const { severity } = options;
  if (severity !== undefined && !SEVERITIES.includes(severity))
    invalid(where, `severity must be one of ${SEVERITIES.join(', ')}`, severity);
  const metadata = checkMetadata(where, options.metadata);
  const { category } = options;
  if (category !== undefined && (typeof category !== 'string' || category === ''))
    invalid(where, 'category must be a non-empty string', category);
  return {
    name: checkName(where, name),
    data: options.data,
    dataSchema: checkSchema(where, options.dataSchema),
    metadata: severity === undefined ? metadata : { ...metadata, 'flow.log.severity': severity },
    category,
    profile: checkProfile(where, category, options.profile),
    time: checkTime(where, options.time),
  };
}

function checkSchema(where: string, schema: DataSchema | undefined): DataSchema | undefined {
  if (schema === undefined) return undefined;
  const { name, version } = (schema ?? {}) as Partial<DataSchema>;
  if (typeof name === 'string' && typeof version === 'string') return { name, version };
  return invalid(where, 'dataSchema must be { name, version }, both strings', schema);
}

// The category `custom` is not valid without a subtype.
function checkProfile(where: string, category: string | undefined, given: unknown): JsonObject | undefined {
  const profile = checkObject(where, 'profile', given);
  if (category !== 'custom' || (typeof profile?.['subtype'] === 'string' && profile['subtype'] !== '')) return profile;
  return { ...profile, subtype: 'custom' };
}
