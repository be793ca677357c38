// SPDX-License-Identifier: Apache-2.0

/** One row of `SETTINGS`. `values` lists what a closed choice accepts; `form` is a key of {@link FORMS}. */
export interface Setting {
  readonly values?: readonly string[];
  readonly form?: string;
  /** What applies when the variable is unset, empty or wrong. Empty: there is none. */
  readonly default: string;
  readonly meaning: string;
}

/** What an open setting takes, in words. */
export const FORMS: Readonly<Record<string, string>> = {
  count: 'a whole number of 0 or more',
  positive: 'a whole number above 0',
  timeout: 'milliseconds, a whole number; 0 is no limit',
  port: 'a port from 1 to 65535',
  ratio: 'a number from 0 to 1',
  url: 'an http:// or https:// URL, such as http://localhost:4318',
  pairs: 'key=value pairs, comma separated, percent-encoded',
  entities: 'entities',
  names: 'short names, comma separated',
  name: 'a name',
  file: 'a file path',
  folder: 'a folder',
};
