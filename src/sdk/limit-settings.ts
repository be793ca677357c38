// SPDX-License-Identifier: Apache-2.0
import type { LogSettings } from './log-settings.ts';
import type { SettingReader } from './setting-reader.ts';
import { SETTINGS, type SettingName } from './settings.ts';

/** Limits of what one span holds, under the SDK's own names. */
export interface LimitSettings {
  readonly attributeCountLimit: number;
  readonly attributeValueLengthLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
}

/** The limits of attributes, for spans and log records that have none of their own. */
export function readGeneralLimits(reader: SettingReader): LogSettings['limits'] {
  return {
    attributeCountLimit: readLimit(reader, 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    attributeValueLengthLimit: readLimit(reader, 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
  };
}

function readLimit(reader: SettingReader, name: SettingName): number {
  return reader.whole(name, 0) ?? Number(SETTINGS[name].default || Infinity);
}

export function readLimits(reader: SettingReader, general: LogSettings['limits']): LimitSettings {
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
