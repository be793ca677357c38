// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { AtofEvent, JsonObject } from '../atof/event.ts';
import { FlowError } from '../errors.ts';
import { defined, stringOf } from '../codecs/read.ts';
import { finalMetrics } from './metrics.ts';
import { readStream, retriedBy, type Scope } from './scopes.ts';
import { createSegment, type Segment } from './segment.ts';
import { printStep } from './step-draft.ts';
import { delegation, ownership, refTo, startedBy } from './subagents.ts';
import type { Agent, Trajectory } from './trajectory.ts';
import { toVersion16 } from './version-16.ts';

/** What the events do not say, or what is to be said instead of it. */
export interface TrajectoryOptions {
  /** Default: the root uuid of the events. */
  readonly sessionId?: string;
  /** Default: the uuid of the outermost agent, else the session id. */
  readonly trajectoryId?: string;
  /** Defaults: the name of the first agent, version 0.0.0, the model that answered first. */
  readonly agent?: Partial<Pick<Agent, 'name' | 'version' | 'model_name' | 'extra'>>;
  /** ATIF version, default 1.7. In 1.6, which cannot embed trajectories, nested agents' steps are told among the others. */
  readonly version?: '1.6' | '1.7';
  readonly notes?: string;
  readonly extra?: JsonObject;
}

/**
 * The trajectory that the events of one run tell, in ATIF. Takes events in any order, from any producer, complete or not.
 * Undefined when they hold no step. A major version of ATOF other than 0 is `FLOW_INVALID_ARGUMENT`: nobody knows what it would mean.
 */
export function toTrajectory(events: readonly AtofEvent[], options: TrajectoryOptions = {}): Trajectory | undefined {
  checkVersions(events);
  const { moments, scopes, first } = readStream(events);
  if (!first) return undefined;
  const ownerOf = options.version === '1.6' ? () => undefined : ownership(scopes);
  const attempts = attemptsByCall(scopes);
  const segments = new Map<Scope | undefined, Segment>();
  const segmentIn = (parentUuid: string | null): Segment => {
    const owner = ownerOf(parentUuid);
    const segment = segments.get(owner) ?? createSegment(scopes, (scope) => attempts.get(scope) ?? []);
    segments.set(owner, segment);
    return segment;
  };
  for (const moment of moments) {
    if (moment.kind === 'mark') segmentIn(moment.mark.parent_uuid).mark(moment.mark, moment.micros);
    else segmentIn(moment.scope.parentUuid)[moment.kind](moment.scope, moment.micros);
  }

  const outermost = scopes.values().find(({ category }) => category === 'agent');
  const { name, version = '0.0.0', ...agent } = options.agent ?? {};
  const sessionId =
    options.sessionId ?? stringOf(first.metadata?.[METADATA.ROOT_UUID]) ?? outermost?.uuid ?? first.uuid;
  const trajectory = build(segments, scopes, undefined, {
    sessionId,
    trajectoryId: options.trajectoryId ?? outermost?.uuid ?? sessionId,
    agent: { name: name ?? outermost?.name ?? 'agent', version, ...agent },
    notes: options.notes,
    extra: options.extra,
  });
  return options.version === '1.6' ? trajectory && toVersion16(trajectory) : trajectory;
}

interface Head {
  readonly sessionId: string;
  readonly trajectoryId: string;
  readonly agent: Agent;
  readonly notes?: string | undefined;
  readonly extra?: JsonObject | undefined;
}

function build(
  segments: ReadonlyMap<Scope | undefined, Segment>,
  scopes: ReadonlyMap<string, Scope>,
  owner: Scope | undefined,
  head: Head,
): Trajectory | undefined {
  const gathered = segments.get(owner)?.finish();
  if (!gathered) return undefined;
  const drafts = [...gathered.drafts];
  const nested: Trajectory[] = [];
  for (const { agent, micros } of gathered.agents) {
    const child = build(segments, scopes, agent, {
      sessionId: head.sessionId,
      trajectoryId: agent.uuid,
      agent: { name: agent.name, version: head.agent.version },
    });
    if (!child || agent === owner) continue;
    nested.push(child);
    const tool = startedBy(agent, scopes);
    const call = tool && gathered.callOfTool.get(tool);
    if (call) call.refs.push(refTo(agent, child));
    else drafts.push(delegation(agent, micros, refTo(agent, child)));
  }
  if (drafts.length === 0) return undefined;
  const steps = drafts.toSorted((a, b) => a.micros - b.micros).map((draft, index) => printStep(draft, index + 1));
  const { toolDefinitions, modelName, unfinished } = gathered;
  const extra: JsonObject = { ...head.extra, ...(unfinished.length > 0 ? { unfinished } : {}) };
  return defined<Trajectory>({
    schema_version: 'ATIF-v1.7',
    session_id: head.sessionId,
    trajectory_id: head.trajectoryId,
    agent: defined<Agent>({
      ...head.agent,
      model_name: head.agent.model_name ?? modelName,
      tool_definitions: toolDefinitions.length > 0 ? toolDefinitions : undefined,
    }),
    steps,
    notes: head.notes,
    final_metrics: finalMetrics(steps),
    extra: Object.keys(extra).length > 0 ? extra : undefined,
    subagent_trajectories: nested.length > 0 ? nested : undefined,
  });
}

function attemptsByCall(scopes: ReadonlyMap<string, Scope>): ReadonlyMap<Scope, readonly Scope[]> {
  const attempts = new Map<Scope, Scope[]>();
  for (const scope of scopes.values()) {
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

function checkVersions(events: readonly AtofEvent[]): void {
  // What is no event has no version, and is left out later.
  for (const { atof_version: version, name } of events.filter((event) => typeof event?.atof_version === 'string'))
    if (!/^0(?:\.|$)/.test(version))
      throw new FlowError(
        'FLOW_INVALID_ARGUMENT',
        `toTrajectory: event '${name}' is of ATOF version ${version}; this reader knows 0.x`,
      );
}
