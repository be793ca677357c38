// SPDX-License-Identifier: Apache-2.0
import { FORMS, type Setting } from './setting-forms.ts';
import { SETTINGS, type SettingName } from './settings.ts';

/** A value that cannot be used: what was set, to what, and what to do instead. The application runs on with the default. */
export interface SettingProblem {
  readonly setting: string;
  readonly value: string;
  readonly fix: string;
}

type ChoiceName = {
  [N in SettingName]: (typeof SETTINGS)[N] extends { readonly values: readonly string[] } ? N : never;
}[SettingName];
type Choice<N extends ChoiceName> = (typeof SETTINGS)[N]['values'][number];

/** Reads single settings by the rules of {@link SETTINGS}. Every `undefined` means: not set, or not usable and reported. */
export interface SettingReader {
  readonly problems: readonly SettingProblem[];
  text(name: SettingName): string | undefined;
  choice<N extends ChoiceName>(name: N): Choice<N> | undefined;
  flag(name: ChoiceName): boolean;
  /** The usable entries, without repetition; undefined where none is left. */
  list<N extends ChoiceName>(name: N): readonly Choice<N>[] | undefined;
  names(name: SettingName): readonly string[] | undefined;
  /** A whole number of at least `minimum`, and of at most what a timer takes. */
  whole(name: SettingName, minimum: number, maximum?: number): number | undefined;
  /** Milliseconds; 0 stands for no limit, as the specification has it. */
  timeout(name: SettingName): number | undefined;
  /** All pairs or, where one is malformed, none. `secret` keeps the value out of the report. */
  pairs(name: SettingName, secret: boolean): Readonly<Record<string, string>>;
  report(name: string, fix: string, value?: string): void;
}

/** Beyond it Node's timers fire at once. The specification asks for no more, of counts either. */
const LONGEST = 2 ** 31 - 1;
// One header that HTTP refuses would cost every request.
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** An empty or blank variable counts as unset, as the OpenTelemetry specification asks. */
export function createSettingReader(env: Readonly<Record<string, string | undefined>>): SettingReader {
  const problems: SettingProblem[] = [];
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;

  function report(name: string, fix: string, value: string = text(name) ?? ''): void {
    // Each signal reads the general OTLP variables.
    if (problems.some((known) => known.setting === name && known.value === value && known.fix === fix)) return;
    problems.push({ setting: name, value, fix });
  }

  function unusable(name: SettingName, value?: string, fallback: string = SETTINGS[name].default): undefined {
    const { values, form = '' } = SETTINGS[name] as Setting;
    const wanted = values ? `one of ${values.join(', ')}` : FORMS[form];
    report(name, `use ${wanted} (${fallback === '' ? 'it is ignored' : `${fallback} is used`})`, value);
  }

  function match<N extends ChoiceName>(name: N, value: string): Choice<N> | undefined {
    return (SETTINGS[name].values as readonly Choice<N>[]).find((known) => known.toLowerCase() === value.toLowerCase());
  }

  function choice<N extends ChoiceName>(name: N): Choice<N> | undefined {
    const value = text(name);
    return value === undefined ? undefined : (match(name, value) ?? unusable(name));
  }

  function names(name: SettingName): readonly string[] | undefined {
    const entries = (text(name) ?? '').split(',').map((entry) => entry.trim());
    const distinct = [...new Set(entries.filter((entry) => entry !== ''))];
    return distinct.length > 0 ? distinct : undefined;
  }

  function list<N extends ChoiceName>(name: N): readonly Choice<N>[] | undefined {
    const entries = names(name) ?? [];
    const known = new Set(entries.map((entry) => match(name, entry)).filter((value) => value !== undefined));
    for (const entry of entries) {
      if (match(name, entry) === undefined) unusable(name, entry, known.size > 0 ? '' : undefined);
    }
    return known.size > 0 ? [...known] : undefined;
  }

  function whole(name: SettingName, minimum: number, maximum: number = LONGEST): number | undefined {
    const value = text(name);
    if (value === undefined) return undefined;
    // Number() also reads hexadecimals and exponents.
    const parsed = /^\+?\d+$/.test(value) ? Number(value) : Number.NaN;
    return Number.isSafeInteger(parsed) && parsed >= minimum && parsed <= maximum ? parsed : unusable(name);
  }

  function pairs(name: SettingName, secret: boolean): Readonly<Record<string, string>> {
    const found: [string, string][] = [];
    try {
      for (const entry of names(name) ?? []) {
        const [, key = '', value = ''] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
        if (key.trim() === '' || (secret && !HEADER_NAME.test(key.trim()))) throw new URIError(entry);
        const decoded = decodeURIComponent(value.trim());
        if (secret && !HEADER_VALUE.test(decoded)) throw new URIError(entry);
        found.push([decodeURIComponent(key.trim()), decoded]);
      }
    } catch {
      unusable(name, secret ? '(not shown)' : undefined);
      return {};
    }
    return Object.fromEntries(found);
  }

  function timeout(name: SettingName): number | undefined {
    const millis = whole(name, 0);
    return millis === 0 ? LONGEST : millis;
  }

  const flag = (name: ChoiceName): boolean => choice(name) === 'true';
  return { problems, text, choice, flag, list, names, whole, timeout, pairs, report };
}
