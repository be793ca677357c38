// SPDX-License-Identifier: Apache-2.0

/** Names of the MCP conventions (open-telemetry/semantic-conventions-genai), and those of other conventions that they ask for. */
export const MCP = {
  METHOD_NAME: 'mcp.method.name',
  NETWORK_PROTOCOL_NAME: 'network.protocol.name',
  NETWORK_TRANSPORT: 'network.transport',
  PROTOCOL_VERSION: 'mcp.protocol.version',
  REQUEST_ID: 'jsonrpc.request.id',
  RESPONSE_STATUS_CODE: 'rpc.response.status_code',
  SESSION_ID: 'mcp.session.id',
} as const;
