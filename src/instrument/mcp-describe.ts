// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- reads a foreign SDK's objects */
import type { Attributes } from '@opentelemetry/api';
import { MCP, METADATA, STABLE } from '../../semconv/index.ts';
import { getRuntime } from '../api/runtime.ts';

/** The one request of the protocol that is a tool call. */
export const TOOLS_CALL = 'tools/call';

/**
 * Adds what is known of the connection to the span of the tool call that is open, of whichever layer it is; and the name that the server has for the tool where
 * that layer has another, to its metadata as well.
 */
export function describeCall(read: () => Attributes, name?: string): void {
  const { scope } = getRuntime().internals.currentFrame();
  const { span, call } = scope;
  const renamed = name === undefined || call === undefined || name === scope.name ? {} : { [METADATA.MCP_TOOL]: name };
  if (METADATA.MCP_TOOL in renamed) scope.metadata = { ...scope.metadata, ...renamed };
  if (span === undefined || call === undefined) return;
  try {
    const known = Object.entries(read()).filter(([, value]) => value !== undefined && value !== '');
    span.setAttributes({ [MCP.METHOD_NAME]: TOOLS_CALL, ...renamed, ...Object.fromEntries(known) });
  } catch {
    // Another version of the SDK: the call has a span all the same.
  }
}

/** Of a client, as it is about to send. */
export function clientAttributes(client: any): Attributes {
  const { transport } = client;
  const url: URL | undefined = transport?._url instanceof URL ? transport._url : undefined;
  return {
    ...transportAttributes(transport),
    [MCP.PROTOCOL_VERSION]: text(client.getNegotiatedProtocolVersion?.()) ?? text(transport?.protocolVersion),
    [MCP.SESSION_ID]: text(transport?.sessionId),
    [STABLE.SERVER_ADDRESS]: url?.hostname,
    [STABLE.SERVER_PORT]: url?.port ? Number(url.port) : undefined,
  };
}

/** Of a server; `extra` is what its handlers get beside the request: flat in version 1, with `mcpReq` and `http` in version 2. */
export function serverAttributes(server: any, extra: any): Attributes {
  const version: unknown = server?.getNegotiatedProtocolVersion?.();
  const id: unknown = extra?.requestId ?? extra?.mcpReq?.id;
  return {
    ...transportAttributes(server?.transport),
    [MCP.PROTOCOL_VERSION]: text(version) ?? text(extra?.requestInfo?.headers?.['mcp-protocol-version']),
    [MCP.REQUEST_ID]: id === undefined || id === null ? undefined : String(id as string | number),
    [MCP.SESSION_ID]: text(extra?.sessionId),
  };
}

/** The code of the JSON-RPC error that answered a call. The two that the SDK gives to what it ends itself, without an answer, are none. */
export function errorAttributes(error: any): Attributes {
  const code: unknown = error?.code;
  return Number.isInteger(code) && code !== -32_000 && code !== -32_001
    ? { [MCP.RESPONSE_STATUS_CODE]: String(code) }
    : {};
}

// Both majors have the kind of transport in the name of its class only.
function transportAttributes(transport: any): Attributes {
  const name: unknown = transport?.constructor?.name;
  if (typeof name !== 'string') return {};
  if (name.startsWith('Stdio')) return { [MCP.NETWORK_TRANSPORT]: 'pipe' };
  if (name.startsWith('WebSocket')) return { [MCP.NETWORK_TRANSPORT]: 'tcp', [MCP.NETWORK_PROTOCOL_NAME]: 'websocket' };
  if (!/HTTP|^SSE/.test(name)) return {};
  return { [MCP.NETWORK_TRANSPORT]: 'tcp', [MCP.NETWORK_PROTOCOL_NAME]: 'http' };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
