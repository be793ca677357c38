// SPDX-License-Identifier: Apache-2.0
import { instrumentations } from '../../instrumentations/index.ts';
import { getRuntime } from '../api/runtime.ts';
import { instrumentWith } from '../instrument/by-hand.ts';
import type { FlowSpanProcessor } from '../processors/atif.ts';
import { noteAttached } from './foreign-owner.ts';
import { type StartOptions, start as startWith } from './start.ts';

/** Starts Flow in this thread from the environment, as `--import @flow/register` does; with `mode: 'hooks'` as `@flow/register/hooks` does. */
export function start(options: Pick<StartOptions, 'mode'> = {}): void {
  startWith({ ...options, instrumentations });
}

/**
 * For the application's own SDK: `new NodeSDK({ spanProcessors: [...flowSpanProcessors(), …] })`. Its `forceFlush` then waits for
 * Flow's events, files and subscribers. Put them first.
 */
export function flowSpanProcessors(): FlowSpanProcessor[] {
  noteAttached();
  const flush = (): Promise<void> => getRuntime().flow.flush();
  return [{ onStart: () => undefined, onEnd: () => undefined, forceFlush: flush, shutdown: flush }];
}

/**
 * For an SDK that Flow does not see load: bundled into the application, or given modules of its own by a test runner such as Jest. Patches it as loading it would:
 * `instrument(OpenAI)`. Takes its client class, its exports, or a client; returns false for what is no client of a supported SDK.
 */
export function instrument(target: unknown): boolean {
  return instrumentWith(instrumentations, target);
}

export { flush, stop } from './start.ts';
export { coverage, type Coverage } from '../instrument/ledger.ts';
export {
  type AtifOptions,
  type AtifProcessor,
  type FlowSpanProcessor,
  createAtifProcessor,
} from '../processors/atif.ts';
export { type AtifCollector, collectTrajectory } from '../processors/atif-collector.ts';
export { type AtofFileOptions, atofFile } from '../processors/atof-file.ts';
export { type AtofStreamOptions, atofStream } from '../processors/atof-stream.ts';
export { type TrajectoryOptions, toTrajectory } from '../atif/to-trajectory.ts';
export type { Trajectory } from '../atif/trajectory.ts';
export { type Finding, type ReadSpan, eventsFromSpans } from '../projections/atof-reader.ts';
