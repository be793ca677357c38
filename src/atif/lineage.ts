// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { stringOf } from '../codecs/read.ts';
import { metadataOf, type Scope } from './scopes.ts';

/** Where a step comes from in the tree of scopes: `extra.ancestry`, in the form that trajectory tools read. */
export function ancestryOf(scope: Scope, scopes: ReadonlyMap<string, Scope>): JsonObject {
  const parent = scope.parentUuid === null ? undefined : scopes.get(scope.parentUuid);
  const ancestry: { [key: string]: Json } = { function_id: scope.uuid, function_name: scope.name };
  if (scope.parentUuid !== null) ancestry['parent_id'] = scope.parentUuid;
  if (parent) ancestry['parent_name'] = parent.name;
  return ancestry;
}

/** How the call behind a step went: `extra.invocation`. Times are Unix seconds. */
export function invocationOf(scope: Scope, id: string): JsonObject {
  const invocation: { [key: string]: Json } = { invocation_id: id, framework: 'flow', status: statusOf(scope) };
  if (scope.start) invocation['start_timestamp'] = scope.start.micros / 1e6;
  if (scope.end) invocation['end_timestamp'] = scope.end.micros / 1e6;
  return invocation;
}

/** What went wrong, or undefined. */
export function errorOf(scope: Scope): JsonObject | undefined {
  if (metadataOf(scope, METADATA.STATUS_CODE) !== 'ERROR') return undefined;
  const type = stringOf(metadataOf(scope, METADATA.ERROR_TYPE)) ?? stringOf(metadataOf(scope, METADATA.EXCEPTION_TYPE));
  const message = stringOf(metadataOf(scope, METADATA.STATUS_DESCRIPTION));
  return { ...(type === undefined ? {} : { type }), ...(message === undefined ? {} : { message }) };
}

function statusOf(scope: Scope): string {
  if (metadataOf(scope, METADATA.CANCELLED) === true) return 'cancelled';
  return metadataOf(scope, METADATA.STATUS_CODE) === 'ERROR' ? 'error' : 'completed';
}
