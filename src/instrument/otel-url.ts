// SPDX-License-Identifier: Apache-2.0

const NAMES = [
  'access_key',
  'access_token',
  'accessToken',
  'api_key',
  'api-key',
  'apiKey',
  'apikey',
  'auth',
  'authorization',
  'AWSAccessKeyId',
  'client_secret',
  'code',
  'credential',
  'id_token',
  'jwt',
  'key',
  'password',
  'refresh_token',
  'secret',
  'session_token',
  'sig',
  'signature',
  'subscription-key',
  'token',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Goog-Credential',
  'X-Goog-Signature',
] as const;

/** Query parameters whose values no span shows, in the spellings that are in use: who compares them minds the case. */
export const SECRET_PARAMETERS: readonly string[] = [
  ...new Set(
    NAMES.flatMap((name) => [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      name.charAt(0).toUpperCase() + name.slice(1),
    ]),
  ),
];

const secret = new Set(SECRET_PARAMETERS.map((name) => name.toLowerCase()));

/** The URL without the values of such parameters; undefined where it has none. */
export function redactUrl(url: URL): URL | undefined {
  if (url.search === '') return undefined;
  const names = [...new Set(url.searchParams.keys())].filter((name) => secret.has(name.toLowerCase()));
  if (names.length === 0) return undefined;
  const redacted = new URL(url);
  for (const name of names) redacted.searchParams.set(name, 'REDACTED');
  return redacted;
}
