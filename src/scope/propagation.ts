// SPDX-License-Identifier: Apache-2.0
import { type Context, type SpanContext, context, diag, propagation, trace } from '@opentelemetry/api';
import { BAGGAGE } from '../../semconv/index.ts';
import { FlowError } from '../errors.ts';
import { writeFrame } from './carrier.ts';
import { withSpan } from './flow-context.ts';
import { decideRootUuid } from './root.ts';
import { createRoot } from './scope.ts';
import { currentFrame, parentContext, topOf } from './stack.ts';
import { parseBaggage, parseTraceparent, printBaggage, printTraceparent } from './w3c.ts';

const UUID = /^(?!0{8})[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** What a carrier may be: a plain object of headers, or anything with `get` and `set` such as `Headers`. */
interface Carrier {
  [header: string]: unknown;
  get?: unknown;
  set?: unknown;
}

const setter = {
  set(carrier: Carrier, name: string, value: string): void {
    try {
      if (typeof carrier.set === 'function') carrier.set(name, value);
      else carrier[name] = value;
    } catch (cause) {
      throw new FlowError(
        'FLOW_INVALID_ARGUMENT',
        `flow.scope.inject: '${name}' cannot be written to these headers; pass a plain object, or anything with set(name, value) such as Headers`,
        { cause },
      );
    }
  },
};

const getter = {
  keys: (carrier: Carrier): string[] =>
    readable(() =>
      typeof carrier.get === 'function' && typeof carrier['keys'] === 'function'
        ? [...(carrier['keys'] as () => Iterable<string>)()]
        : Object.keys(carrier),
    ) ?? [],
  get: (carrier: Carrier, name: string): string | undefined =>
    readable(() => {
      const value: unknown = typeof carrier.get === 'function' ? carrier.get(name) : ownHeader(carrier, name);
      if (Array.isArray(value)) return value.filter((each) => typeof each === 'string').join(',');
      return typeof value === 'string' ? value : undefined;
    }),
};

// Headers that cannot be read say nothing.
function readable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

// Header names have no case.
function ownHeader(carrier: Carrier, name: string): unknown {
  if (Object.hasOwn(carrier, name)) return carrier[name];
  const found = Object.keys(carrier).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : carrier[found];
}

// A propagator is a part of telemetry: it costs the headers at most.
function guarded<Result>(propagate: () => Result): Result | undefined {
  try {
    return propagate();
  } catch (error) {
    diag.warn(`flow: propagation: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/**
 * Writes where the current scope is into the carrier: the headers of the registered propagators, and as members of `baggage` the uuids of the
 * stack's root and of the scope. Without a registered propagator the W3C headers. Returns the carrier.
 */
export function inject<Headers extends object>(carrier: Headers): Headers {
  const frame = currentFrame();
  let scope = topOf(frame);
  // What is not observed is no parent that anybody would find.
  while (scope.quiet && scope.parent !== undefined) scope = scope.parent;
  scope.materialize?.();
  const active = parentContext(frame, scope, context.active());
  const nowhere = scope.isRoot && !scope.isolated;
  const rootUuid = nowhere ? decideRootUuid(scope, undefined, trace.getSpanContext(active), undefined) : scope.rootUuid;
  const own = {
    [BAGGAGE.ROOT_UUID]: { value: rootUuid },
    [BAGGAGE.PARENT_UUID]: { value: nowhere ? rootUuid : scope.uuid },
  };
  const theirs = propagation.getBaggage(active)?.getAllEntries() ?? [];
  // Ours first: propagators cut what is too long at its end.
  const baggage = propagation.createBaggage({ ...own, ...Object.fromEntries(theirs), ...own });
  guarded(() => propagation.inject(propagation.setBaggage(active, baggage), carrier as Carrier, setter));
  const fields = propagation.fields();
  const write = (name: string, value: string | undefined): void =>
    value === undefined ? undefined : setter.set(carrier as Carrier, name, value);
  if (fields.length === 0) {
    const span = trace.getSpanContext(active);
    write('traceparent', printTraceparent(span));
    write('tracestate', span?.traceState?.serialize() || undefined);
    write('baggage', printBaggage(baggage));
  } else if (!fields.includes('baggage')) write('baggage', printBaggage(propagation.createBaggage(own)));
  return carrier;
}

/**
 * Runs the function where the carrier says: in that trace, and on a stack of its own that hangs from that scope of the other process. A carrier
 * that says nothing changes nothing.
 */
export function extract<Result>(carrier: object, fn: () => Result): Result {
  const frame = currentFrame();
  const active = context.active();
  const fields = propagation.fields();
  const read = (name: string): string | undefined => getter.get(carrier as Carrier, name);
  let remote = guarded(() => propagation.extract(active, carrier as Carrier, getter)) ?? active;
  if (fields.length === 0) {
    const span = parseTraceparent(read('traceparent'), read('tracestate'));
    if (span !== undefined) remote = trace.setSpanContext(remote, span);
    remote = propagation.setBaggage(remote, parseBaggage(read('baggage')));
  }
  const baggage = fields.includes('baggage') ? propagation.getBaggage(remote) : parseBaggage(read('baggage'));
  const uuidOf = (key: string): string | undefined => {
    const value = baggage?.getEntry(key)?.value;
    return value !== undefined && UUID.test(value) ? value : undefined;
  };
  const rootUuid = uuidOf(BAGGAGE.ROOT_UUID);
  const span = trace.getSpanContext(remote);
  const around = trace.getSpan(active);
  const isElsewhere = span !== undefined && span.spanId !== around?.spanContext().spanId;
  if (rootUuid === undefined && !isElsewhere) return context.with(remote, fn);
  // Which policy applies must not be up to what a caller writes into its headers.
  const outer = topOf(frame);
  const parentUuid = rootUuid && (uuidOf(BAGGAGE.PARENT_UUID) ?? rootUuid);
  const scope = createRoot(rootUuid !== undefined, parentUuid, rootUuid, outer);
  const { running, quiet } = frame;
  const base = withoutOwnMembers(isElsewhere ? nearest(remote, active, span) : remote);
  return writeFrame({ scope, running, quiet, pushed: undefined }, base, fn);
}

// A server's span that is active already lies in the same trace and nearer than what the caller sent.
function nearest(remote: Context, active: Context, span: SpanContext): Context {
  const around = trace.getSpan(active);
  return around?.spanContext().traceId === span.traceId ? withSpan(remote, around) : remote;
}

// They say where the other process was: nobody further on shall take them for where this one is.
function withoutOwnMembers(remote: Context): Context {
  const baggage = propagation.getBaggage(remote);
  if (baggage === undefined) return remote;
  const rest = baggage.removeEntries(BAGGAGE.ROOT_UUID, BAGGAGE.PARENT_UUID);
  return rest.getAllEntries().length === 0 ? propagation.deleteBaggage(remote) : propagation.setBaggage(remote, rest);
}
