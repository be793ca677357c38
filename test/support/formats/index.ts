// SPDX-License-Identifier: Apache-2.0
import { type Report, validateAtif, validateAtof } from './validate.mjs';

/** Fails with the list of errors unless the text is a valid ATOF stream (JSONL). */
export function expectValidAtof(text: string): void {
  failOnErrors('not a valid ATOF stream', validateAtof(text));
}

/** Fails with the list of errors unless the value is a valid ATIF document; subagent documents in it included. */
export function expectValidAtif(document: unknown): void {
  failOnErrors('not a valid ATIF document', validateAtif(document));
}

function failOnErrors(verdict: string, { errors }: Report): void {
  if (errors.length > 0) throw new Error(`${verdict}:\n${errors.map((error) => `- ${error}`).join('\n')}`);
}
