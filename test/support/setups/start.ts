// SPDX-License-Identifier: Apache-2.0
// Vitest's setup file of the four set-ups: globals are per process, and every test file has one of its own.
import { createRequire } from 'node:module';
import type * as Api from '@opentelemetry/api';
import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { inject } from 'vitest';
import type { SetupName } from './names.ts';
import { keepSpans } from './spans.ts';

const startSetup: Readonly<Record<SetupName, () => void | Promise<void>>> = {
  sdk() {
    expectDone(trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [keepSpans()] })));
    expectDone(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
  },
  'no-sdk': () => undefined,
  async 'sdk-disabled'() {
    const { start } = await import('../../../src/sdk/start.ts');
    process.env['OTEL_SDK_DISABLED'] = 'true';
    start({ instrumentations: [] });
  },
  'older-api'() {
    const older = createRequire(import.meta.url)('otel-api-1.9') as typeof Api;
    expectDone(older.diag.setLogger(new older.DiagConsoleLogger(), older.DiagLogLevel.ERROR));
    expectDone(older.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
    expectRefused(diag.setLogger(new older.DiagConsoleLogger(), DiagLogLevel.NONE));
  },
};

// Test files of one set-up may share a process.
const STARTED = Symbol.for('flow.test.setup');
if (!(STARTED in globalThis)) {
  Object.defineProperty(globalThis, STARTED, { value: inject('setup') });
  await startSetup[inject('setup')]();
}

function expectDone(done: boolean): void {
  if (!done) throw new Error(`set-up '${inject('setup')}' is not what it says: somebody registered before it`);
}

function expectRefused(done: boolean): void {
  if (done) throw new Error('the older API copy does not own the globals');
}
