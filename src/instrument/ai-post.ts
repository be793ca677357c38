// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's objects */
import { isFlowError } from '../errors.ts';
import type { LlmRequest } from '../runtime/call.ts';
import { noteModelStream } from './ai-leaving.ts';
import { isLeftToSdk } from './ai-telemetry.ts';
import { checkFramework } from './bundled-framework.ts';
import type { LoadedPackage } from './definition.ts';
import type { Endpoint } from './exchange.ts';
import { manageFetch } from './managed-fetch.ts';
import { replacementOf } from './replacement.ts';
import { mustSeeAll } from './unpatched.ts';

interface PostEndpoint extends Endpoint {
  /** Whose format it is. */
  readonly provider: string;
}

/** What is posted where. */
export interface PostTable {
  readonly name: string;
  readonly endpoints: readonly PostEndpoint[];
  /** `gen_ai.provider.name` by the sender's name. */
  readonly providers: Readonly<Record<string, string>>;
}

/** By which the SDK's gateway knows its own errors. It makes all others its own, and some of those are tried again. */
const GATEWAY_ERROR = Symbol.for('vercel.ai.gateway.error');

/**
 * `postJsonToApi` of the SDK with a `fetch` of ours, which calls the one that it was given: what is posted to a known endpoint is a managed call.
 * A refusal reaches the caller as it is, and so no retry of the SDK's repeats it: those are for its own errors.
 */
export function managePost(original: any, table: PostTable, tally: LoadedPackage['tally']): any {
  const postJsonToApi = async function (this: any, args: any, ...rest: any[]): Promise<unknown> {
    const endpoint = endpointAt(table, args?.url);
    if (endpoint === undefined || typeof args.body !== 'object' || args.body === null)
      return original.call(this, args, ...rest);
    let refusal: Error | undefined;
    const fetch = async (url: any, init: any): Promise<Response> => {
      try {
        return await manage(table, endpoint, tally, args, url, init);
      } catch (error) {
        refusal = isFlowError(error);
        throw error;
      }
    };
    try {
      return await original.call(this, { ...args, fetch }, ...rest);
    } catch (error) {
      if (refusal === undefined) throw error;
      Reflect.defineProperty(refusal, GATEWAY_ERROR, { value: true, configurable: true });
      throw refusal;
    }
  };
  return replacementOf(original, () => postJsonToApi);
}

function endpointAt({ endpoints }: PostTable, url: unknown): PostEndpoint | undefined {
  if (typeof url !== 'string') return undefined;
  const query = url.search(/[?#]/);
  const end = query === -1 ? url : url.slice(0, query);
  return endpoints.find(({ path }) => end.endsWith(path));
}

function manage(
  table: PostTable,
  endpoint: PostEndpoint,
  tally: LoadedPackage['tally'],
  args: any,
  url: any,
  init: any,
): Promise<Response> {
  const headers = init.headers ?? {};
  const agent = String(headers['user-agent'] ?? '');
  if (mustSeeAll()) checkFramework(agent);
  const [, sender = ''] = /\bai-sdk\/(?!provider-utils)([\w-]+)/.exec(agent) ?? [];
  const about = {
    by: table.name,
    endpoint,
    url: String(url),
    content: JSON.parse(init.body) as object,
    headers,
    provider: table.providers[sender] ?? endpoint.provider,
    model: modelOf(args, headers),
    streaming: isStreaming(args, headers),
    signal: init.signal ?? undefined,
    tally,
    spans: !isLeftToSdk(),
    streams: noteModelStream,
  };
  const send = ({ content, headers: sent }: LlmRequest, signal: AbortSignal | undefined): Promise<Response> => {
    const kept = Object.entries(sent).filter(([, value]) => value !== null) as [string, string][];
    const changed = { headers: Object.fromEntries(kept), body: JSON.stringify(content), signal };
    return (args.fetch ?? globalThis.fetch)(url, { ...init, ...changed });
  };
  return manageFetch(about, send);
}

function modelOf({ url, body }: any, headers: any): string | undefined {
  if (typeof body.model === 'string') return body.model;
  const named: unknown = headers['ai-language-model-id'] ?? headers['ai-model-id'];
  if (typeof named === 'string') return named;
  const [, model] = /\/models\/([^/:?]+)[:/?]/.exec(url) ?? [];
  return model === undefined ? undefined : decodeURIComponent(model);
}

function isStreaming({ url, body }: any, headers: any): boolean {
  return body.stream === true || /:stream\w+(?:\?|$)/.test(url) || headers['ai-language-model-streaming'] === 'true';
}
