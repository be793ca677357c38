// SPDX-License-Identifier: Apache-2.0

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** The categories of ATOF 0.1 that a scope can have. */
export const SCOPE_TYPES = [
  'agent',
  'function',
  'tool',
  'llm',
  'retriever',
  'embedder',
  'reranker',
  'guardrail',
  'evaluator',
  'custom',
  'unknown',
] as const;
/** One of {@link SCOPE_TYPES}. */
export type ScopeType = (typeof SCOPE_TYPES)[number];

/** Name and version of the shape of an event's `data`. */
export interface DataSchema {
  readonly name: string;
  readonly version: string;
}

interface AtofFields {
  readonly atof_version: string;
  readonly uuid: string;
  readonly parent_uuid: string | null;
  /** RFC 3339 with microseconds; readers also take Unix microseconds as an integer. */
  readonly timestamp: string | number;
  readonly name: string;
  readonly data: Json;
  readonly data_schema: DataSchema | null;
  readonly metadata: JsonObject | null;
  readonly category_profile: JsonObject | null;
}

/** A start or an end of a scope as one ATOF 0.1 line holds it. */
export interface AtofScopeEvent extends AtofFields {
  readonly kind: 'scope';
  readonly scope_category: 'start' | 'end';
  readonly attributes: readonly string[];
  readonly category: string;
}

/** A point in time inside a scope as one ATOF 0.1 line holds it. */
export interface AtofMarkEvent extends AtofFields {
  readonly kind: 'mark';
  readonly category: string | null;
}

/** One ATOF 0.1 event: what subscribers receive and what a JSONL line parses to. */
export type AtofEvent = AtofScopeEvent | AtofMarkEvent;
