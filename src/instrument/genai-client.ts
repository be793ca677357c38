// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import type { LlmRequest } from '../runtime/call.ts';
import type { LoadedPackage } from './definition.ts';
import type { Endpoint } from './exchange.ts';
import { markMade, tellLeaving } from './genai-leaving.ts';
import { type FetchCall, manageFetch } from './managed-fetch.ts';
import { patchMethod } from './patch-method.ts';
import { checkUnpatched, checkUnreadable } from './unpatched.ts';

/** What this SDK sends, by the method that the path ends in. */
export interface GenaiTable {
  /** Short name of the instrumentation. */
  readonly by: string;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
}

/** Where a request goes. */
interface Target {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly model: string;
  /** The same place for another model. */
  readonly urlFor: (model: string) => string;
}

/**
 * Patches the client beneath all parts of this SDK, which no package exports: the function that sends, retries inside, and the one that reads streams.
 * Returns false where the client has no such method.
 */
export function patchApiClient(client: any, table: GenaiTable, tally: LoadedPackage['tally']): boolean {
  const holder = { prototype: client };
  patchMethod(holder, 'processStreamResponse', (original) => {
    return function processStreamResponse(this: any, response: any, ...rest: any[]) {
      return tellLeaving(original.call(this, response, ...rest), response);
    };
  });
  return patchMethod(holder, 'apiCall', (original) => {
    return async function apiCall(this: any, url: any, init: any, ...rest: any[]) {
      const target = targetOf(table, url, init);
      const content = target && contentOf(target, init.body);
      if (target === undefined || content === undefined) {
        if (target !== undefined && content === undefined && target.method !== 'predict')
          checkUnreadable(table.by, `a request to ${target.endpoint.path} that is no JSON object`);
        return original.call(this, url, init, ...rest);
      }
      // Up to version 1 the signal is made before; later, for each attempt.
      const given = rest.length > 2 ? rest[2] : init.signal;
      const about: FetchCall = {
        by: table.by,
        endpoint: target.endpoint,
        url,
        content,
        headers: init.headers,
        provider: this.isVertexAI?.() === true ? 'gcp.vertex_ai' : 'gcp.gemini',
        model: target.model,
        streaming: target.method === 'streamGenerateContent',
        signal: given instanceof AbortSignal ? given : undefined,
        tally,
      };
      let received: Response | undefined;
      const response = await manageFetch(about, async (request, signal) => {
        const { to, body } = destination(target, request.content, url);
        const changed = { ...init, headers: headersFor(init.headers, request.headers), body };
        const others = rest.length > 2 ? rest.with(2, signal) : rest;
        if (rest.length <= 2 && signal !== undefined) changed.signal = signal;
        received = await original.call(this, to, changed, ...others);
        return received as Response;
      });
      if (response !== received) markMade(response);
      // The watch on a body must not reach the response, or one that is dropped unread would stay for ever; and it reaches what sends.
      received = undefined;
      return response;
    };
  });
}

/** Patches the client when the first call reaches it: only then it is there for sure. Without its seam, calls are refused while policy is in force, or go unseen. */
export function patchBeneath(client: any, table: GenaiTable, tally: LoadedPackage['tally'], label: string): void {
  if (patchApiClient(client, table, tally)) return;
  const message = `${label} has no ApiClient.apiCall, so policy cannot see its calls`;
  if (!said.has(label)) getRuntime().internals.settings.print('warn', `${message}, and nothing observes them`);
  said.add(label);
  checkUnpatched(message);
}

const said = new Set<string>();

function targetOf({ endpoints }: GenaiTable, url: unknown, init: any): Target | undefined {
  if (typeof url !== 'string' || init?.method !== 'POST') return undefined;
  const query = url.search(/[?#]/);
  const path = query === -1 ? url : url.slice(0, query);
  const found = /\/((?:tunedModels\/|endpoints\/)?[^/]+):(\w+)$/.exec(path);
  const [, model = '', method = ''] = found ?? [];
  const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method] : undefined;
  if (found === null || endpoint === undefined) return undefined;
  const urlFor = (name: string): string => {
    const before = path.slice(0, found.index + 1);
    // The model of one's own that stood there is in another collection.
    const base = model.includes('/') ? (path.includes('/projects/') ? 'publishers/google/models/' : 'models/') : '';
    return `${before}${base}${encodeURIComponent(name)}:${method}${query === -1 ? '' : url.slice(query)}`;
  };
  return { endpoint, method, model, urlFor };
}

/** The body as an object of our own. Undefined for what is no JSON object, and for a `predict` that makes something else than embeddings. */
function contentOf({ endpoint, method }: Target, body: unknown): object | undefined {
  try {
    const content: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
    if (typeof content !== 'object' || content === null || Array.isArray(content)) return undefined;
    return method === 'predict' && endpoint.codec.decodeRequest(content) === undefined ? undefined : content;
  } catch {
    return undefined;
  }
}

/** The model is no field of the body: who wants another one writes it there, and it goes where it belongs. */
function destination(target: Target, content: LlmRequest['content'], url: string): { to: string; body: string } {
  const { model, ...rest } = content;
  if (typeof model !== 'string') return { to: url, body: JSON.stringify(content) };
  const name = model.replace(/^models\//, '');
  const inEach = (each: unknown): unknown => ({ ...(each as object), model: `models/${name}` });
  const { requests } = rest;
  const body = Array.isArray(requests) ? { ...rest, requests: requests.map(inEach) } : rest;
  return { to: target.urlFor(name), body: JSON.stringify(body) };
}

/** The SDK's own headers, spelled as it did, with the changes that middleware made. */
function headersFor(sent: any, wanted: LlmRequest['headers']): Headers {
  const headers = new Headers(sent);
  const kept = new Set<string>();
  for (const [name, value] of Object.entries(wanted)) {
    if (value === null) continue;
    kept.add(name.toLowerCase());
    if (headers.get(name) !== value) headers.set(name, value);
  }
  const own = Array.from(headers.keys());
  for (const name of own) if (!kept.has(name)) headers.delete(name);
  return headers;
}
