// SPDX-License-Identifier: Apache-2.0
export { historyKeys, joinKeys, nextKey, rememberKeys } from './history.ts';
export { createRuns, type Runs, type RunsOptions } from './runs.ts';
export { toTrajectory, type TrajectoryOptions } from './to-trajectory.ts';
export type { Agent, Content, ContentPart, Metrics, Step, ToolCall, Trajectory } from './trajectory.ts';
