// SPDX-License-Identifier: Apache-2.0
import { VERSION } from '../../semconv/version.ts';
import { Call } from '../runtime/call.ts';
import { report } from '../runtime/diagnostics.ts';
import { isObserved } from '../runtime/emit.ts';
import { attemptOf } from '../runtime/attempt.ts';
import { execute } from '../runtime/execute.ts';
import { closeStream, executeStream } from '../runtime/execute-stream.ts';
import { begin, fail, finish, prepare, succeed } from '../runtime/managed.ts';
import { markChunk } from '../runtime/chunk-mark.ts';
import { failFollowing, readWhileRunning } from '../runtime/handle.ts';
import { outgoing } from '../runtime/outgoing.ts';
import { addBarrier } from '../runtime/outbox.ts';
import { settings } from '../runtime/settings.ts';
import { addSink, takeRecord } from '../runtime/sinks.ts';
import { currentFrame, enter, enterAside } from '../scope/stack.ts';
import { disableRegistrations, whenPolicyChanges } from '../scope/scope.ts';
import { closeOpenScopes } from '../runtime/unfinished.ts';
import { type Flow, createFlow } from './flow.ts';

/** What the parts of Flow that live outside of `/api` use: instrumentations, processors, the start. Grows within a major, never changes. */
export interface Internals {
  readonly settings: typeof settings;
  readonly report: typeof report;
  readonly addSink: typeof addSink;
  readonly takeRecord: typeof takeRecord;
  readonly addBarrier: typeof addBarrier;
  readonly isObserved: typeof isObserved;
  readonly currentFrame: typeof currentFrame;
  readonly enter: typeof enter;
  readonly enterAside: typeof enterAside;
  readonly Call: typeof Call;
  readonly execute: typeof execute;
  readonly executeStream: typeof executeStream;
  readonly attemptOf: typeof attemptOf;
  readonly prepare: typeof prepare;
  readonly begin: typeof begin;
  readonly succeed: typeof succeed;
  readonly fail: typeof fail;
  readonly finish: typeof finish;
  readonly closeStream: typeof closeStream;
  readonly closeOpenScopes: typeof closeOpenScopes;
  readonly outgoing: typeof outgoing;
  readonly markChunk: typeof markChunk;
  readonly disableRegistrations: typeof disableRegistrations;
  readonly whenPolicyChanges: typeof whenPolicyChanges;
  readonly readWhileRunning: typeof readWhileRunning;
  readonly failFollowing: typeof failFollowing;
}

/** The one runtime of a process, whichever copy of Flow made it. */
export interface Runtime {
  readonly version: string;
  readonly flow: Flow;
  readonly internals: Internals;
}

const KEY = Symbol.for('flow.runtime.v1');

function create(): Runtime {
  const internals: Internals = Object.freeze({
    settings,
    report,
    addSink,
    takeRecord,
    addBarrier,
    isObserved,
    currentFrame,
    enter,
    enterAside,
    Call,
    execute,
    executeStream,
    attemptOf,
    prepare,
    begin,
    succeed,
    fail,
    finish,
    closeStream,
    closeOpenScopes,
    outgoing,
    markChunk,
    disableRegistrations,
    whenPolicyChanges,
    readWhileRunning,
    failFollowing,
  });
  return Object.freeze({ version: VERSION, flow: createFlow(), internals });
}

/** The runtime of the process: that of the first copy of Flow that was loaded. */
export function getRuntime(): Runtime {
  const global = globalThis as { [KEY]?: Runtime };
  if (global[KEY] === undefined)
    Object.defineProperty(globalThis, KEY, {
      value: create(),
      writable: false,
      configurable: false,
      enumerable: false,
    });
  return global[KEY] as Runtime;
}
