// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import { defined } from '../codecs/read.ts';
import { PACE } from './pace.ts';
import { retriedBy, type Scope } from './scopes.ts';
import { createSegment, type Gathered, type Segment } from './segment.ts';
import { inOrder, type SettledSteps } from './settled-steps.ts';
import type { Stream } from './stream.ts';
import { delegation, ownership, refTo, startedBy } from './subagents.ts';
import type { TrajectoryOptions } from './to-trajectory.ts';
import type { Head, Told } from './told.ts';
import type { Agent } from './trajectory.ts';

/** How a stream is told. */
export interface TellOptions extends TrajectoryOptions {
  /** Lets the stream forget of requests what is told elsewhere. For streams that are always told in the same version. */
  readonly forgets?: boolean;
}

/** The trajectory that a stream tells, piece by piece. The stream must not grow meanwhile. Undefined when it holds no step. */
export function* tell(stream: Stream, options: TellOptions = {}): Generator<void, Told | undefined> {
  const { scopes, first } = stream;
  if (!first) return undefined;
  const { version = '1.7', forgets = false, notes, extra } = options;
  const ownerOf = version === '1.6' ? () => undefined : ownership(scopes);
  const attempts = yield* attemptsByCall(scopes);
  const surroundings = {
    scopes,
    forgot: forgets ? stream.shrink : undefined,
    attemptsOf: (call: Scope) => attempts.get(call) ?? NO_ATTEMPTS,
    asked: stream.asked,
  };
  const fold = function* (): Generator<void, Map<Scope | undefined, Segment>> {
    const segments = new Map<Scope | undefined, Segment>();
    const segmentOf = (owner: Scope | undefined): Segment => {
      let segment = segments.get(owner);
      if (!segment) segments.set(owner, (segment = createSegment(surroundings)));
      return segment;
    };
    let done = 0;
    for (const moment of stream.moments()) {
      if (moment.kind === 'mark') segmentOf(ownerOf(moment.parentUuid)).mark(moment);
      else segmentOf(ownerOf(moment.scope.parentUuid))[moment.kind](moment.scope, moment.micros);
      if (++done % PACE === 0) yield;
    }
    for (const owner of settled.keys()) segmentOf(owner);
    return segments;
  };
  let settled = yield* settledByOwner(stream, ownerOf);
  let segments = yield* fold();
  if (stream.unsettleAsked()) {
    settled = yield* settledByOwner(stream, ownerOf);
    segments = yield* fold();
  }
  const gathered = new Map<Scope | undefined, Gathered>();
  for (const [owner, segment] of segments) gathered.set(owner, yield* segment.finish(settled.get(owner) ?? []));

  const outermost = stream.outermost();
  const { name, version: agentVersion = '0.0.0', ...agent } = options.agent ?? {};
  const sessionId = options.sessionId ?? first.rootUuid ?? outermost?.uuid ?? first.uuid;
  return build(gathered, scopes, undefined, {
    version,
    sessionId,
    trajectoryId: options.trajectoryId ?? outermost?.uuid ?? sessionId,
    agent: { name: name ?? outermost?.name ?? 'agent', version: agentVersion, ...agent },
    notes,
    extra,
  });
}

const NO_ATTEMPTS: readonly Scope[] = [];

function build(
  segments: ReadonlyMap<Scope | undefined, Gathered>,
  scopes: ReadonlyMap<string, Scope>,
  owner: Scope | undefined,
  head: Head,
): Told | undefined {
  const gathered = segments.get(owner);
  if (!gathered) return undefined;
  const drafts = [...gathered.drafts];
  const nested: Told[] = [];
  for (const { agent, micros } of gathered.agents) {
    const child = build(segments, scopes, agent, {
      version: head.version,
      sessionId: head.sessionId,
      trajectoryId: agent.uuid,
      agent: { name: agent.name, version: head.agent.version },
    });
    if (!child || agent === owner) continue;
    nested.push(child);
    const tool = startedBy(agent, scopes);
    const call = tool && gathered.callOfTool.get(tool);
    if (call) call.refs.push(refTo(agent, child.head));
    else drafts.push(delegation(agent, micros, refTo(agent, child.head)));
  }
  const steps = inOrder(drafts, gathered.settled);
  if (steps.length === 0) return undefined;
  const { toolDefinitions, modelName, unfinished } = gathered;
  const extra: JsonObject = { ...head.extra, ...(unfinished.length > 0 ? { unfinished } : {}) };
  return {
    head: {
      ...head,
      agent: defined<Agent>({
        ...head.agent,
        model_name: head.agent.model_name ?? modelName,
        tool_definitions: toolDefinitions.length > 0 ? toolDefinitions : undefined,
      }),
      extra: Object.keys(extra).length > 0 ? extra : undefined,
    },
    steps,
    nested,
    scopes,
  };
}

/** What is settled, by the agent in whose trajectory it belongs. */
function* settledByOwner(
  stream: Stream,
  ownerOf: (parentUuid: string | null) => Scope | undefined,
): Generator<void, ReadonlyMap<Scope | undefined, readonly SettledSteps[]>> {
  for (;;) {
    const byOwner = new Map<Scope | undefined, SettledSteps[]>();
    const torn = new Set<string | null>();
    for (const steps of stream.settled()) {
      const [owner, ...others] = new Set([...steps.parents].map(ownerOf));
      for (const parent of others.length > 0 ? steps.parents : []) torn.add(parent);
      const known = byOwner.get(owner);
      if (known) known.push(steps);
      else byOwner.set(owner, [steps]);
      yield;
    }
    if (torn.size === 0) return byOwner;
    // Agents around them were not known when they were put together.
    for (const parent of torn) if (parent !== null) stream.unsettleWithin(parent);
  }
}

function* attemptsByCall(scopes: ReadonlyMap<string, Scope>): Generator<void, ReadonlyMap<Scope, readonly Scope[]>> {
  let done = 0;
  const attempts = new Map<Scope, Scope[]>();
  for (const scope of scopes.values()) {
    if (++done % PACE === 0) yield;
    // What has not ended is told as unfinished; nobody knows yet what it took.
    let call = scope.end && retriedBy(scope, scopes);
    // An attempt of an attempt counts for the call itself, the only one that is a step. Bounded: foreign streams may have circles.
    for (let outer = call, left = scopes.size; outer && left > 0; left--) {
      call = outer;
      outer = retriedBy(outer, scopes);
    }
    if (!call) continue;
    const known = attempts.get(call);
    if (known) known.push(scope);
    else attempts.set(call, [scope]);
  }
  return attempts;
}
