// SPDX-License-Identifier: Apache-2.0

/**
 * Translates one kind of value (a tool's arguments or result, a model's request, response or chunk) between what the application works with
 * and the JSON that middleware and events see: class instances, dates, binary data. Both directions run on the call's own path, so they
 * should be quick and must not change what they are given.
 */
export interface ValueCodec<Value> {
  /** The JSON form of a value. */
  toJson(value: Value): unknown;
  /** The value of a JSON form, also of one that middleware has edited. */
  fromJson(json: unknown): Value;
}

/** Hands over every value as it is, the same reference in both directions: for values that are JSON already. */
// oxlint-disable-next-line typescript/no-explicit-any -- it is a codec for values of any type
export const JsonPassthrough: ValueCodec<any> = {
  toJson: (value: unknown) => value,
  fromJson: (json: unknown) => json,
};
