// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { METADATA, OPENINFERENCE, STABLE } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import { openInferenceStart } from '../projections/openinference.ts';
import { openInferenceContent } from '../projections/openinference-content.ts';
import { hide, withoutLargeImages } from '../projections/openinference-hide.ts';
import {
  type Belonging,
  belongingAttributes,
  belongingIn,
  metadataAttributes,
} from '../projections/openinference-metadata.ts';
import type { Scope } from '../scope/scope.ts';
import { type Slot, createSlot } from '../scope/slot.ts';
import { processRegistry } from './chains.ts';
import { settings } from './settings.ts';

/** Start events whose payload the end of the span still tells. */
const started: Slot<EventRecord> = createSlot('started');
/** Metadata as sanitizers left it, of scopes that have any; null until they are done. */
const sanitized: Slot<JsonObject | null> = createSlot('sanitized');

/** What the scope's span starts with in this dialect. Metadata that sanitizers are still to see is not among it. */
export function startAttributes(scope: Scope, content: unknown): Attributes {
  // Whether a gate keeps them out of this event does not matter: the event says what they left.
  const chains = scope.resolveChains(processRegistry);
  if (chains['event.metadata'].length + chains['event.sanitize_scope_start'].length > 0) sanitized.set(scope, null);
  const attributes = openInferenceStart(scope, content);
  if (scope.type === 'agent') placeInGraph(attributes, scope);
  Object.assign(attributes, belongingAttributes(belongingOf(scope)), metadataAttributes(metadataOf(scope)));
  return hide(attributes, settings.openInferenceHides);
}

/** What the span tells of an event of its scope once sanitizers are done with it. */
export function eventAttributes(scope: Scope, event: EventRecord): Attributes {
  if (event.scope_category === 'start') {
    if (settings.spanContent) started.set(scope, event);
    if (sanitized.get(scope) === undefined) return {};
    sanitized.set(scope, event.metadata);
    return { ...belongingAttributes(belongingOf(scope)), ...metadataAttributes(event.metadata) };
  }
  const attributes: Attributes = {};
  const errorType = event.metadata?.[METADATA.ERROR_TYPE];
  // The end of the span sets it as well, but behind the messages it may find no more room.
  if (typeof errorType === 'string') attributes[STABLE.ERROR_TYPE] = errorType;
  Object.assign(attributes, metadataAttributes(event.metadata));
  if (!settings.spanContent) return attributes;
  const start = started.get(scope);
  started.set(scope, undefined);
  const content = openInferenceContent(scope, payloadOf(start), payloadOf(event));
  const told = hide(content, settings.openInferenceHides);
  return Object.assign(attributes, withoutLargeImages(told, settings.openInferenceImageLength));
}

// Not `event.data`: others have the event, too, and its payload is parsed when they ask for it.
function payloadOf(event: EventRecord | undefined): Json {
  return event?.dataJson === undefined ? null : (JSON.parse(event.dataJson) as Json);
}

function metadataOf(scope: Scope): JsonObject | null | undefined {
  const left = sanitized.get(scope);
  if (left !== undefined) return left;
  return scope.spanless ? undefined : scope.metadata;
}

/** Session and user of the nearest scope that names them. */
function belongingOf(scope: Scope): Belonging {
  let { session, user }: Belonging = { session: undefined, user: undefined };
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const own = belongingIn(metadataOf(at));
    session ??= own.session;
    user ??= own.user;
    if (session !== undefined && user !== undefined) break;
  }
  return { session, user };
}

/** Agents are the nodes of the graph that readers draw, under their names: an agent that runs twice is one node. */
function placeInGraph(attributes: Attributes, scope: Scope): void {
  attributes[OPENINFERENCE.GRAPH_NODE_ID] = scope.name;
  for (let at = scope.parent; at !== undefined && !at.isRoot; at = at.parent)
    if (at.type === 'agent') {
      attributes[OPENINFERENCE.GRAPH_NODE_PARENT_ID] = at.name;
      return;
    }
}
