// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { field, isObject, listOf, stringOf } from './read.ts';

type Grown = { [key: string]: Grown } | Grown[] | Exclude<Json, JsonObject | readonly Json[]>;

/** A function call whose arguments come in pieces, each with the path of its value. */
export interface GrowingCall {
  /** Whether the piece belonged to this call. */
  push(call: JsonObject): boolean;
  print(): JsonObject;
}

/** The call as it was announced; where the announcement was all of it, nothing more belongs to it. */
export function growingCall(announced: JsonObject): GrowingCall {
  const { willContinue: _, partialArgs: __, ...shape } = announced;
  const pieces: JsonObject[] = [];
  let open = announced['willContinue'] === true;
  const collect = (call: JsonObject): void => {
    for (const piece of listOf(call['partialArgs'])) if (isObject(piece)) pieces.push(piece);
  };
  collect(announced);
  return {
    push(call) {
      // A piece has no name; a call that has one is the next one.
      if (!open || stringOf(call['name'])) return false;
      open = call['willContinue'] === true;
      collect(call);
      return true;
    },
    print() {
      return pieces.length === 0 ? shape : { ...shape, args: joined(shape['args'], pieces) };
    },
  };
}

function joined(args: Json | undefined, pieces: readonly JsonObject[]): JsonObject {
  const root: Grown = { args: structuredClone((isObject(args) ? args : {}) as Grown) };
  for (const piece of pieces) {
    const path = pathOf(stringOf(piece['jsonPath']) ?? '');
    const value = valueOf(piece);
    if (path.length > 0 && value !== undefined) place(root, ['args', ...path], value);
  }
  return root['args'] as JsonObject;
}

function valueOf(piece: JsonObject): Grown | undefined {
  if (field(piece, 'nullValue') !== undefined) return null;
  const value = piece['stringValue'] ?? piece['numberValue'] ?? piece['boolValue'];
  return typeof value === 'object' ? undefined : value;
}

/** The steps of a path like `$.list[0]["a b"].name`, without its root. */
function pathOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g)].map(
    ([, name, index, single, double]) => (index === undefined ? (name ?? single ?? double ?? '') : Number(index)),
  );
}

/** Strings at one path are pieces of one string. */
function place(root: Grown, path: readonly (string | number)[], value: Grown): void {
  let parent: Grown = root;
  for (const [depth, step] of path.entries()) {
    if (typeof parent !== 'object' || parent === null || step === '__proto__') return;
    const slots = parent as { [key: string | number]: Grown };
    // Nothing good has an argument list of millions.
    if (Array.isArray(parent) && (typeof step !== 'number' || step > parent.length)) return;
    const there: Grown | undefined = Object.hasOwn(slots, step) ? slots[step] : undefined;
    if (depth === path.length - 1) {
      slots[step] = typeof there === 'string' && typeof value === 'string' ? there + value : value;
      return;
    }
    if (typeof there !== 'object' || there === null) slots[step] = typeof path[depth + 1] === 'number' ? [] : {};
    parent = slots[step] as Grown;
  }
}
