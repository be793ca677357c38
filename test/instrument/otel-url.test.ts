// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { redactUrl } from '../../src/instrument/otel-url.ts';

it.each([
  ['https://a.test/p?key=AIza&x=1', 'https://a.test/p?key=REDACTED&x=1'],
  ['https://a.test/?API-KEY=1&api-key=2', 'https://a.test/?API-KEY=REDACTED&api-key=REDACTED'],
  ['https://a.test/?x-amz-signature=abc', 'https://a.test/?x-amz-signature=REDACTED'],
])('the secrets in %s are not shown', (url, redacted) => {
  expect(redactUrl(new URL(url))?.href).toBe(redacted);
});

it.each(['https://a.test/p', 'https://a.test/p?x=1&keyboard=2'])('%s has none', (url) => {
  expect(redactUrl(new URL(url))).toBeUndefined();
});
