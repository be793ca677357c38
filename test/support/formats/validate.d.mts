// SPDX-License-Identifier: Apache-2.0
/** What a check found: errors break the format, warnings are within it but unusual. Each names the place first. */
export interface Report {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks one ATIF document; with a folder also that the local files it refers to exist. */
export function validateAtif(document: unknown, options?: { readonly folder?: string }): Report;

/** Checks the text of one ATOF stream, one JSON object per line. */
export function validateAtof(text: string): Report;
