// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isPrefixed } from '../../src/instrument/same-call.ts';

describe('the name that a framework has for a tool of a server', () => {
  it.each([
    ['weather__get', 'get', 'a server before it'],
    ['mcp__weather__get', 'get', 'two prefixes'],
    ['mcp_weather__get', 'get', 'OpenAI Agents'],
    ['weather.get', 'get', 'a dot'],
    ['weather/get', 'get', 'a slash'],
    ['weather:get', 'get', 'a colon'],
    ['mcp_files__files_read', 'files.read', 'what models do not take in a name'],
    ['files_read', 'files.read', 'that without a prefix'],
    ['weather__get__now', 'get__now', 'a separator of its own'],
  ])('%s is %s: %s', (framework, name) => expect(isPrefixed(framework, name)).toBe(true));

  it.each([
    ['safe_delete', 'delete', 'a word of its own'],
    ['safe-delete', 'delete', 'another one'],
    ['widget', 'get', 'the end of a word'],
    ['get__weather', 'get', 'something after it'],
    ['weather__Get', 'get', 'another case'],
    ['weather__', '', 'no name'],
    ['mcp_weather__get_the_forec_1a2b3c4d', 'get_the_forecast', 'cut, with a hash'],
    ['myWeather', 'get', 'a name that the application has given'],
  ])('%s is not %s: %s', (framework, name) => expect(isPrefixed(framework, name)).toBe(false));
});
