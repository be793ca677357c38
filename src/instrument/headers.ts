// SPDX-License-Identifier: Apache-2.0

/** Request headers of any form that SDKs take, as a plain object; null removes a header that the client would send. */
export function flattenHeaders(headers: unknown): Record<string, string | null> {
  const flat: Record<string, string | null> = {};
  const collect = (part: unknown): void => {
    if (part === undefined || part === null) return;
    if (Array.isArray(part)) {
      if (part.length === 2 && typeof part[0] === 'string' && !Array.isArray(part[1])) set(flat, part[0], part[1]);
      else for (const each of part) collect(each);
      return;
    }
    // Stainless keeps removals beside the values; its brand differs between SDKs, its shape does not.
    const { values, nulls } = part as { values?: unknown; nulls?: unknown };
    if (values instanceof Headers && nulls instanceof Set) {
      for (const name of nulls) flat[String(name)] = null;
      collect(values);
    } else if (part instanceof Headers) for (const [name, value] of part) flat[name] = value;
    else if (typeof part === 'object') for (const [name, value] of Object.entries(part)) set(flat, name, value);
  };
  collect(headers);
  return flat;
}

function set(flat: Record<string, string | null>, name: string, value: unknown): void {
  if (value !== undefined) flat[name] = value === null ? null : String(value);
}
