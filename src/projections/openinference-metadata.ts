// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { METADATA, OPENINFERENCE } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';

/** Whose work a span is, as far as metadata says. */
export interface Belonging {
  readonly session: string | undefined;
  readonly user: string | undefined;
}

const SESSION_KEYS = ['session_id', 'conversation_id', 'thread_id'] as const;

/** Session and user that the metadata of a scope names itself. */
export function belongingIn(metadata: JsonObject | null | undefined): Belonging {
  const session = SESSION_KEYS.find((key) => nameOf(metadata?.[key]) !== undefined);
  return {
    session: session === undefined ? undefined : nameOf(metadata?.[session]),
    user: nameOf(metadata?.['user_id']),
  };
}

function nameOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Session and user as attributes. */
export function belongingAttributes({ session, user }: Belonging): Attributes {
  const attributes: Attributes = {};
  if (session !== undefined) attributes[OPENINFERENCE.SESSION_ID] = session;
  if (user !== undefined) attributes[OPENINFERENCE.USER_ID] = user;
  return attributes;
}

const RUNTIME_KEYS: ReadonlySet<string> = new Set(Object.values(METADATA));

/** Metadata of the application as attributes: not what the runtime adds to that of events. */
export function metadataAttributes(metadata: JsonObject | null | undefined): Attributes {
  const attributes: Attributes = {};
  const own = Object.entries(metadata ?? {}).filter(([key]) => !RUNTIME_KEYS.has(key));
  if (own.length === 0) return attributes;
  attributes[OPENINFERENCE.METADATA] = JSON.stringify(Object.fromEntries(own));
  const tags = metadata?.['tags'];
  if (Array.isArray(tags) && tags.length > 0 && tags.every((tag) => typeof tag === 'string'))
    attributes[OPENINFERENCE.TAG_TAGS] = tags as string[];
  return attributes;
}
