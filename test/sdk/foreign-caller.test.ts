// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { callerIn } from '../../src/sdk/foreign-caller.ts';

const api = '    at registerGlobal (/nowhere/node_modules/@opentelemetry/api/build/src/internal/global-utils.js:29:21)';
const stack = (...frames: string[]): string =>
  ['Error: refused', api, ...frames.map((frame) => `    at ${frame}`)].join('\n');

describe('the caller in a stack', () => {
  it.each([
    ['a module', 'file:///app/otel.mjs:3:9', 'the application (/app/otel.mjs:3)'],
    [
      'a function',
      'Object.<anonymous> (/app/my otel (2)/otel.js:12:5)',
      'the application (/app/my otel (2)/otel.js:12)',
    ],
    ['an async frame', 'async file:///app/otel.mjs:3:9', 'the application (/app/otel.mjs:3)'],
    [
      'a package that cannot be read',
      'start (/nowhere/node_modules/.pnpm/@x+y@1/node_modules/@x/y/index.js:1:1)',
      '@x/y',
    ],
    ['Windows', 'start (C:\\app\\node_modules\\telemetry\\index.js:1:1)', 'telemetry'],
  ])('is found in %s', (_, frame, name) => {
    expect(callerIn(stack('Module._compile (node:internal/modules/cjs/loader:1:1)', frame)).name).toBe(name);
  });

  it('is a package with its version, and so is the API that it called', () => {
    const root = `${import.meta.dirname}/../../node_modules`;
    const text = `Error\n    at f (${root}/otel-api-1.9/node_modules/@opentelemetry/api/x.js:1:1)\n    at g (${root}/@opentelemetry/core/dist/x.js:1:1)`;
    expect(callerIn(text).name).toBe(`@opentelemetry/core 3.1.0`);
    expect(callerIn(text.replace('otel-api-1.9/node_modules/', '')).api).toMatch(/^1\.1\d\./);
  });

  it('is something where there is no stack', () => {
    expect(callerIn('')).toEqual({ name: 'something', api: undefined });
    expect(callerIn('Error: refused')).toEqual({ name: 'something', api: undefined });
  });
});
