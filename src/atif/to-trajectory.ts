// SPDX-License-Identifier: Apache-2.0
import type { AtofEvent, JsonObject } from '../atof/event.ts';
import { drain } from './pace.ts';
import { createStream } from './stream.ts';
import { tell } from './tell.ts';
import { toObject } from './told.ts';
import type { Agent, Trajectory } from './trajectory.ts';

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
  const stream = createStream();
  for (const event of events) stream.add(event);
  const told = drain(tell(stream, options));
  return told && drain(toObject(told));
}
