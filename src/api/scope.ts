// SPDX-License-Identifier: Apache-2.0
import { context } from '@opentelemetry/api';
import type { ScopeType } from '../atof/event.ts';
import {
  checkAttributes,
  checkFunction,
  checkMetadata,
  checkName,
  checkOptions,
  checkSubtype,
  checkTime,
  checkType,
  invalid,
  shown,
} from '../runtime/checks.ts';
import { type EndOptions, type ScopeHandle, handleOf, scopeOf } from '../runtime/handle.ts';
import { closeScope, openScope } from '../runtime/lifecycle.ts';
import { emitMark } from '../runtime/emit-mark.ts';
import { type MarkOptions, markFields } from '../runtime/mark.ts';
import { type MetricMarkOptions, emitMetricMark } from '../runtime/metric-mark.ts';
import type { Measurement } from '../runtime/metrics-measurement.ts';
import { runInside } from '../runtime/run-inside.ts';
import type { Outcome } from '../runtime/span.ts';
import { type Frame, writeFrame } from '../scope/carrier.ts';
import { extract, inject } from '../scope/propagation.ts';
import { Scope } from '../scope/scope.ts';
import { currentFrame, enter, isolate, pop, processRoot, push, topOf } from '../scope/stack.ts';

/** What a scope can be opened with. */
export interface ScopeOptions {
  /** Default `function`. */
  readonly type?: ScopeType | undefined;
  /** Needed by `custom`; free for the others. */
  readonly subtype?: string | undefined;
  /** Flags such as `parallel`, `relocatable`, `remote`, `stateful`, `streaming`; your own with a dot. They describe, they do nothing. */
  readonly attributes?: readonly string[] | undefined;
  /** Payload of the start event. */
  readonly input?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Kept on the scope; the payload of its end where there is no output. */
  readonly data?: unknown;
  /** The parent in events and spans, instead of the current scope. */
  readonly parent?: ScopeHandle | undefined;
  /** Unix microseconds of the start; default now. */
  readonly time?: number | undefined;
}

/** A place in the asynchronous flow to come back to. Its runs share one branch, which is never the originating one. */
export interface Captured {
  run<Result>(fn: () => Result): Result;
}

/** `flow.scope`. */
export interface ScopeApi {
  /**
   * Opens a scope around the function and ends it when that settles. Returns exactly what the function returns; for a plain promise one that settles
   * the same way once the scope has ended, so that a rejection which nobody handles is still noticed.
   */
  run<Result>(name: string, fn: (scope: ScopeHandle) => Result): Result;
  run<Result>(name: string, options: ScopeOptions, fn: (scope: ScopeHandle) => Result): Result;
  /** Opens a scope that the caller ends. It becomes current only inside its own `run`. */
  start(name: string, options?: ScopeOptions): ScopeHandle;
  /** Opens a scope on top of the nearest enclosing `run` or `isolate` callback, or of the process. Prefer `run`. */
  push(name: string, options?: ScopeOptions): ScopeHandle;
  /** Ends the scope that was pushed last; any other is `FLOW_SCOPE_NOT_TOP`. */
  pop(scope: ScopeHandle, options?: EndOptions): void;
  /** The innermost open scope; with nothing open the implicit root, which may own registrations. */
  current(): ScopeHandle;
  /** Emits a mark under the current scope, or under `options.scope`. */
  mark(name: string, options?: MarkOptions & { readonly scope?: ScopeHandle }): void;
  /**
   * Emits a mark that holds measurements, and records them with OpenTelemetry where a meter provider is registered. The whole group is checked
   * first: a wrong one is `FLOW_INVALID_ARGUMENT` and nothing happens. A later one that contradicts what a name meant before is not recorded.
   */
  metric(
    name: string,
    measurements: readonly Measurement[],
    options?: MetricMarkOptions & { readonly scope?: ScopeHandle },
  ): void;
  /** Runs the function on a stack of its own with a root of its own. Starts no trace: the active span stays. */
  isolate<Result>(fn: () => Result): Result;
  capture(): Captured;
  /**
   * Writes where the current scope is into headers, a plain object or anything with `set`: `traceparent`, `tracestate` and `baggage`, or what
   * `OTEL_PROPAGATORS` says, with the uuids of the stack's root and of the scope as members of `baggage`. Returns the headers.
   */
  inject<Headers extends object>(headers: Headers): Headers;
  /**
   * Runs the function as a part of the scope that {@link inject} wrote into the headers: what it opens has that scope as its parent in events
   * and spans. What is registered inside, on the root, lives with this stack; what is registered around stays in force. Headers that say nothing
   * change nothing.
   */
  extract<Result>(headers: object, fn: () => Result): Result;
}

/** With `spans: false`, of an instrumentation whose spans are switched off, a scope has none; everything else is as usual. */
type Options = ScopeOptions & { readonly spans?: boolean };

function create(where: string, name: string, options: Options, frame: Frame): Scope {
  checkOptions(where, options);
  const fields = {
    name: checkName(where, name),
    type: options.type === undefined ? 'function' : checkType(where, options.type),
    subtype: checkSubtype(where, options.subtype),
    attributes: checkAttributes(where, options.attributes),
    metadata: checkMetadata(where, options.metadata),
    data: options.data,
  };
  const scope = new Scope(fields, options.parent === undefined ? topOf(frame) : scopeOf(where, options.parent));
  scope.spanless = options.spans === false;
  return scope;
}

function open(
  where: string,
  name: string,
  options: ScopeOptions,
  detached: boolean,
  frame: Frame = currentFrame(),
): Scope {
  const scope = create(where, name, options, frame);
  const time = checkTime(where, options.time);
  openScope(scope, frame, { payload: options.input, time, detached, adopted: options.parent !== undefined });
  return scope;
}

function checkHeaders<Headers extends object>(where: string, headers: Headers): Headers {
  return typeof headers === 'object' && headers !== null
    ? headers
    : invalid(where, 'headers must be an object, such as {} or those of a request', headers);
}

// Made out here because a generator's end waits for it: in there it would hold the callback, and through that perhaps the generator.
function closing(scope: Scope): (outcome: Outcome) => void {
  return (outcome) => closeScope(scope, { payload: scope.data, outcome });
}

function run<Result>(
  name: string,
  second: ScopeOptions | ((scope: ScopeHandle) => Result),
  third?: (scope: ScopeHandle) => Result,
): Result {
  const where = `flow.scope.run('${shown(name)}')`;
  const options = typeof second === 'function' ? {} : checkOptions(where, second);
  const fn = checkFunction(where, typeof second === 'function' ? second : third) as (scope: ScopeHandle) => Result;
  const frame = currentFrame();
  const scope = open(where, name, options, false, frame);
  return runInside(
    scope,
    (body: () => Result) => enter(scope, body, frame),
    () => fn(handleOf(scope)),
    closing(scope),
  );
}

/** The scope functions of this process. */
export const scopeApi: ScopeApi = Object.freeze({
  run,
  start: (name: string, options: ScopeOptions = {}) =>
    handleOf(open(`flow.scope.start('${shown(name)}')`, name, options, true)),
  push(name: string, options: ScopeOptions = {}) {
    const frame = currentFrame();
    const scope = open(`flow.scope.push('${shown(name)}')`, name, options, true, frame);
    push(frame, scope);
    return handleOf(scope);
  },
  pop(handle: ScopeHandle, options?: EndOptions) {
    const scope = scopeOf('flow.scope.pop', handle);
    const frame = currentFrame();
    pop(frame, scope);
    try {
      handle.end(options);
    } catch (error) {
      push(frame, scope);
      throw error;
    }
  },
  current: () => handleOf(topOf(currentFrame())),
  mark(name: string, options: MarkOptions & { readonly scope?: ScopeHandle } = {}) {
    checkOptions(`flow.scope.mark('${shown(name)}')`, options);
    const scope =
      options.scope === undefined ? topOf(currentFrame()) : scopeOf(`flow.scope.mark('${shown(name)}')`, options.scope);
    emitMark(scope, markFields(name, options));
  },
  metric(
    name: string,
    measurements: readonly Measurement[],
    options: MetricMarkOptions & { readonly scope?: ScopeHandle } = {},
  ) {
    const where = `flow.scope.metric('${shown(name)}')`;
    checkOptions(where, options);
    const scope = options.scope === undefined ? topOf(currentFrame()) : scopeOf(where, options.scope);
    emitMetricMark(scope, name, measurements, options);
  },
  isolate: <Result>(fn: () => Result) => {
    checkFunction('flow.scope.isolate', fn);
    return runInside(processRoot, isolate, fn);
  },
  inject: <Headers extends object>(headers: Headers) => inject(checkHeaders('flow.scope.inject', headers)),
  extract: <Result>(headers: object, fn: () => Result) => {
    checkHeaders('flow.scope.extract', headers);
    checkFunction('flow.scope.extract', fn);
    return runInside(processRoot, (body: () => Result) => extract(headers, body), fn);
  },
  capture(): Captured {
    const { running, quiet } = currentFrame();
    const frame: Frame = { scope: topOf(currentFrame()), running, quiet, pushed: undefined };
    const base = context.active();
    return { run: (fn) => writeFrame(frame, base, checkFunction('capture().run', fn)) };
  },
});
