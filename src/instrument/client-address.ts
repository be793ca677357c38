// SPDX-License-Identifier: Apache-2.0
import { providerAt } from '../projections/provider-hosts.ts';

/** Where a client sends its requests. */
export interface ClientAddress {
  readonly server: { readonly address: string; readonly port: number } | undefined;
  /** Who answers there, where the host says so. */
  readonly provider: string | undefined;
}

const UNKNOWN: ClientAddress = { server: undefined, provider: undefined };
// An application has few clients and makes many calls. One that puts tokens into addresses must not fill the memory.
const MOST = 200;
const known = new Map<unknown, ClientAddress>();

/** Reads a base URL. One that cannot be read is the SDK's to complain about. */
export function addressOf(baseUrl: unknown): ClientAddress {
  const found = known.get(baseUrl);
  if (found !== undefined) return found;
  const address = read(baseUrl);
  if (known.size >= MOST) known.clear();
  known.set(baseUrl, address);
  return address;
}

function read(baseUrl: unknown): ClientAddress {
  if (typeof baseUrl !== 'string' || !URL.canParse(baseUrl)) return UNKNOWN;
  const url = new URL(baseUrl);
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
  return { server: { address: url.hostname, port }, provider: providerAt(url) };
}
