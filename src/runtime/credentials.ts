// SPDX-License-Identifier: Apache-2.0
import type { LlmRequest } from './call.ts';

// Rather one harmless header too few than one key too many.
const CREDENTIAL =
  /auth|cookie|key|token|secret|passw|(^|[-_])pass($|[-_])|jwt|bearer|signature|(^|[-_])sig($|[-_])|cred|assertion|(^|[-_])pat($|[-_])/i;
const CREDENTIAL_VALUE =
  /^\s*((bearer|basic|digest|negotiate|token)\s|(sk|pk|rk)-|gh[pousr]_|github_pat_|xox[a-z]-|eyJ)/i;

/** The request without what carries credentials, in headers and in tools that name other servers: the only form that anything which observes ever gets. */
export function withoutCredentials(request: LlmRequest): LlmRequest {
  const { headers, content } = request;
  return { headers: safeHeaders(headers), content: withoutToolCredentials(content) };
}

function safeHeaders(headers: LlmRequest['headers']): LlmRequest['headers'] {
  try {
    const kept = Object.entries(headers).filter(([name, value]) => !CREDENTIAL.test(name) && !isCredential(value));
    return Object.fromEntries(kept);
  } catch {
    // Headers that cannot be read cannot be shown.
    return {};
  }
}

// Whatever an application puts into a header: lists, numbers, anything.
function isCredential(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isCredential) : typeof value === 'string' && CREDENTIAL_VALUE.test(value);
}

/** The body of a request or response without what its remote tools (`mcp`) are to log in with. The body itself where there is none. */
export function withoutToolCredentials<Body>(body: Body): Body {
  try {
    const { tools } = (body ?? {}) as { tools?: unknown };
    if (!Array.isArray(tools) || !tools.some(isRemote)) return body;
    return { ...body, tools: tools.map((tool: unknown) => (isRemote(tool) ? withoutLogin(tool) : tool)) };
  } catch {
    return body;
  }
}

type RemoteTool = { readonly server_url?: unknown; readonly authorization?: unknown; readonly headers?: unknown };

const isRemote = (tool: unknown): tool is RemoteTool =>
  typeof tool === 'object' && tool !== null && (tool as { type?: unknown }).type === 'mcp';

function withoutLogin({ authorization: _, headers: __, ...tool }: RemoteTool): RemoteTool {
  const { server_url: url, ...rest } = tool;
  if (typeof url !== 'string' || !URL.canParse(url)) return rest;
  const { origin, pathname } = new URL(url);
  return { ...rest, server_url: `${origin}${pathname}` };
}
