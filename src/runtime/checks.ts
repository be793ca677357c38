// SPDX-License-Identifier: Apache-2.0
import { isMicros } from '../atof/clock.ts';
import { type JsonObject, SCOPE_TYPES, type ScopeType } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import { FlowError } from '../errors.ts';
import { describe } from '../pipeline/verdict.ts';

/** Throws `FLOW_INVALID_ARGUMENT` saying what was given, where, and what would be right. */
export function invalid(where: string, what: string, given: unknown): never {
  throw new FlowError('FLOW_INVALID_ARGUMENT', `${where}: ${what}, not ${describe(given)}`);
}

/** A name for a message, whatever was given as one. */
export function shown(name: unknown): string {
  return typeof name === 'string' ? name : describe(name);
}

/** A name: any non-empty string. */
export function checkName(where: string, name: unknown): string {
  return typeof name === 'string' && name !== '' ? name : invalid(where, 'the name must be a non-empty string', name);
}

/** Unix microseconds, or undefined. */
export function checkTime(where: string, time: unknown): number | undefined {
  if (time === undefined || isMicros(time)) return time as number | undefined;
  return invalid(where, 'time must be an integer of Unix microseconds (Date.now() * 1000)', time);
}

/** One of the scope types of ATOF. */
export function checkType(where: string, type: unknown): ScopeType {
  return SCOPE_TYPES.includes(type as ScopeType)
    ? (type as ScopeType)
    : invalid(where, `type must be one of ${SCOPE_TYPES.join(', ')}`, type);
}

/** What a scope is within its type: any non-empty string. */
export function checkSubtype(where: string, subtype: unknown): string | undefined {
  if (subtype === undefined || (typeof subtype === 'string' && subtype !== '')) return subtype;
  return invalid(where, 'subtype must be a non-empty string', subtype);
}

/** Flags: sorted, without repeats. */
export function checkAttributes(where: string, attributes: unknown): readonly string[] | undefined {
  if (attributes === undefined) return undefined;
  if (!Array.isArray(attributes) || !attributes.every((each) => typeof each === 'string' && each !== ''))
    return invalid(where, 'attributes must be an array of strings', attributes);
  return [...new Set(attributes as string[])].toSorted();
}

/** Metadata as it is now: a JSON object of its own. */
export function checkMetadata(where: string, metadata: unknown): JsonObject | undefined {
  return checkObject(where, 'metadata', metadata);
}

/** An option that is a JSON object, as it is now. */
export function checkObject(where: string, option: string, given: unknown): JsonObject | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object' || Array.isArray(given)) return invalid(where, `${option} must be an object`, given);
  const json = project(given);
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : undefined;
}

/** A function to call. */
export function checkFunction<Fn>(where: string, fn: Fn): Fn {
  return typeof fn === 'function' ? fn : invalid(where, 'a function is needed', fn);
}

/** Options: an object, or nothing. */
export function checkOptions<Options extends object>(where: string, options: Options | undefined): Options {
  if (options === undefined) return {} as Options;
  return typeof options === 'object' && options !== null
    ? options
    : invalid(where, 'options must be an object', options);
}
