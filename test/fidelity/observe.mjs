// SPDX-License-Identifier: Apache-2.0

/** What a caller can see of a value, as plain JSON: its class, its own fields, the text of what JSON cannot hold. */
export function describe(value, depth = 0) {
  if (value === undefined) return '<undefined>';
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : `<${value}>`;
  if (typeof value === 'function') return `<function ${value.name}>`;
  if (typeof value !== 'object') return `<${typeof value} ${String(value)}>`;
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Response) return describeResponse(value);
  if (value instanceof Headers) return describeHeaders(value);
  if (ArrayBuffer.isView(value)) return { class: className(value), values: [...new Uint8Array(value.buffer)] };
  if (depth > 12) return '<deep>';
  if (Array.isArray(value)) return value.map((entry) => describe(entry, depth + 1));
  const fields = Object.fromEntries(Object.keys(value).map((key) => [key, describe(value[key], depth + 1)]));
  const named = className(value);
  return named === 'Object' ? fields : { class: named, ...fields };
}

/** Class, name, message, own fields (enumerable or not, but the stack) and causes of an error. */
export function describeError(error, depth = 0) {
  const chain = [];
  for (
    let proto = Object.getPrototypeOf(error);
    proto && proto !== Object.prototype;
    proto = Object.getPrototypeOf(proto)
  ) {
    chain.push(proto.constructor.name);
  }
  const fields = {};
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key !== 'stack' && depth < 8) fields[key] = describe(error[key], depth + 1);
  }
  return { error: chain, name: error.name, text: String(error), fields };
}

/** Everything a raw Response says before its body is read. */
export function describeResponse(response) {
  const { url, status, statusText, ok, type, redirected, bodyUsed, body } = response;
  const base = { class: className(response), url, status, statusText, ok, type, redirected, bodyUsed };
  return { ...base, body: body === null ? null : className(body), headers: describeHeaders(response.headers) };
}

/** Class and entries in their order. */
export function describeHeaders(headers) {
  return { class: className(headers), entries: [...headers].map(([name, value]) => `${name}: ${value}`) };
}

/** The name of the class an object was made by. */
export function className(value) {
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'null';
}

/** The error that a promise or a function ends with; a scenario that expects one and gets none fails. */
export async function errorOf(work) {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error('This should have failed.');
}

/** Every item of an async iterable, and the error that ended it, if any. */
export async function drain(source) {
  const items = [];
  try {
    for await (const item of source) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items };
}
