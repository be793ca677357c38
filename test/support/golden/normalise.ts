// SPDX-License-Identifier: Apache-2.0

const NUMBERS = /("(?:micros|start_timestamp|end_timestamp|server\.port|[\w.]*time_to_first_chunk)": )[\d.]+/g;

/**
 * The value as the text of a golden file: what differs from run to run (ids, times, ports) has a name that says only whether it is the same thing. `also` are further
 * texts to replace, `replacer` is that of `JSON.stringify`.
 */
export function normalise(
  value: unknown,
  {
    also = [],
    replacer,
  }: {
    readonly also?: readonly (readonly [RegExp, string])[];
    readonly replacer?: (key: string, value: unknown) => unknown;
  } = {},
): string {
  const labels = new Map<string, string>();
  const label = (kind: string) => (found: string) =>
    labels.get(found) ?? (labels.set(found, `${kind} ${labels.size + 1}`).get(found) as string);
  const text = JSON.stringify(value, replacer, 2)
    .replace(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, label('uuid'))
    .replace(/\b[\da-f]{32}\b/g, label('trace'))
    .replace(/\b[\da-f]{16}\b/g, label('span'))
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')
    .replace(NUMBERS, '$10');
  return `${also.reduce((done, [pattern, name]) => done.replace(pattern, name), text)}\n`;
}
