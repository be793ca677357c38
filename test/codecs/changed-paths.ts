// SPDX-License-Identifier: Apache-2.0

/**
 * Where two payloads differ, as dotted paths to the smallest differing values. A list whose length changed differs as a whole; an object that is
 * there on one side only differs in each of its fields.
 */
export function changedPaths(before: unknown, after: unknown, path: string = ''): readonly string[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => changedPaths(item, after[index], join(path, String(index))));
  }
  const [a, b] = [fieldsOf(before), fieldsOf(after)];
  if (a === undefined || b === undefined || a === b) return [path];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    changedPaths(a[key], b[key], join(path, key)),
  );
}

const NOTHING = {};

/** The fields of plain objects; bytes, dates and the like are values. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return NOTHING;
  const plain = Object.prototype.toString.call(value) === '[object Object]';
  return plain ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
