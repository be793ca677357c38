// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { OPENINFERENCE } from '../../semconv/index.ts';
import type { Json } from '../atof/event.ts';
import { field, isObject, numberOf, stringOf } from '../codecs/read.ts';

/** Writes what a retriever brought. */
export function writeRetrieved(attributes: Attributes, output: Json): void {
  writeDocuments(attributes, OPENINFERENCE.RETRIEVAL_DOCUMENTS, documentsIn(output));
}

/** Writes what a reranker was given and made of it. The output comes first, in case that not everything fits. */
export function writeReranked(attributes: Attributes, input: Json, output: Json): void {
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  set(OPENINFERENCE.RERANKER_QUERY, stringOf(field(input, 'query')));
  set(OPENINFERENCE.RERANKER_MODEL_NAME, stringOf(field(input, 'model')));
  set(OPENINFERENCE.RERANKER_TOP_K, numberOf(firstOf(input, 'top_k', 'topK', 'top_n', 'topN')));
  writeDocuments(attributes, OPENINFERENCE.RERANKER_OUTPUT_DOCUMENTS, documentsIn(output));
  writeDocuments(attributes, OPENINFERENCE.RERANKER_INPUT_DOCUMENTS, documentsIn(input));
}

function firstOf(value: Json, ...names: readonly string[]): Json | undefined {
  return names.map((name) => field(value, name)).find((each) => each !== undefined);
}

/** A list, or what has one. */
function documentsIn(value: Json): readonly Json[] {
  const list = Array.isArray(value) ? (value as readonly Json[]) : firstOf(value, 'documents', 'results');
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}

function writeDocuments(attributes: Attributes, prefix: string, documents: readonly Json[]): void {
  documents.forEach((document, index) => {
    const set = (name: string, value: string | number | undefined): void => {
      if (value !== undefined) attributes[`${prefix}.${index}.${name}`] = value;
    };
    // Vector stores give a document beside its score, rerankers a score around its document.
    const [given, beside] = Array.isArray(document) ? (document as readonly Json[]) : [document];
    const inner = field(given, 'document') ?? given ?? null;
    const id = field(inner, 'id') ?? field(given, 'id');
    set(OPENINFERENCE.DOCUMENT_ID, stringOf(id) ?? numberOf(id));
    set(OPENINFERENCE.DOCUMENT_CONTENT, contentOf(inner));
    set(
      OPENINFERENCE.DOCUMENT_SCORE,
      numberOf(beside ?? firstOf(given ?? null, 'score', 'relevance_score', 'relevanceScore')),
    );
    const metadata = field(inner, 'metadata') ?? field(given, 'metadata');
    if (isObject(metadata)) set(OPENINFERENCE.DOCUMENT_METADATA, JSON.stringify(metadata));
  });
}

function contentOf(document: Json): string | undefined {
  if (typeof document === 'string') return document;
  return stringOf(firstOf(document, 'content', 'text', 'pageContent', 'page_content'));
}
