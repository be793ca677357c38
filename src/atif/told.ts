// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import { defined } from '../codecs/read.ts';
import { finalMetrics } from './metrics.ts';
import { PACE } from './pace.ts';
import { expandRun, numbered, runLine } from './run-by-code.ts';
import type { Scope } from './scopes.ts';
import { draftsOf, isSettled, type SettledSteps, settledText } from './settled-steps.ts';
import { printStep, type StepDraft } from './step-draft.ts';
import type { Agent, Step, Trajectory } from './trajectory.ts';
import { toStep16 } from './version-16.ts';

/** What a trajectory says about itself. */
export interface Head {
  readonly version: '1.6' | '1.7';
  readonly sessionId: string;
  readonly trajectoryId: string;
  readonly agent: Agent;
  readonly notes?: string | undefined;
  readonly extra?: JsonObject | undefined;
}

/** A trajectory whose steps are known and not printed yet: as objects they take several times the room. */
export interface Told {
  readonly head: Head;
  /** In order of time. */
  readonly steps: readonly (StepDraft | SettledSteps)[];
  readonly nested: readonly Told[];
  readonly scopes: ReadonlyMap<string, Scope>;
}

/** Characters that are worth handing on. */
const LONG = 16 * 1024;

/** The document as an object. */
export function* toObject(told: Told): Generator<void, Trajectory> {
  const steps: Step[] = [];
  for (const entry of told.steps)
    for (const draft of isSettled(entry) ? draftsOf(entry) : [entry]) {
      steps.push(stepOf(told, draft, steps.length + 1));
      if (steps.length % PACE === 0) yield;
    }
  const nested: Trajectory[] = [];
  for (const child of told.nested) nested.push(yield* toObject(child));
  const { front, back } = around(told);
  return { ...front, steps, ...back, ...(nested.length > 0 ? { subagent_trajectories: nested } : {}) };
}

/** The document as JSON text, one step in each line, piece by piece. */
export function* toText(told: Told): Generator<string, void> {
  const { front, back } = around(told);
  yield `${JSON.stringify(front).slice(0, -1)},"steps":[\n`;
  let piece = '';
  let count = 0;
  for (const entry of told.steps) {
    if (count > 0) piece += ',\n';
    if (isSettled(entry) && told.head.version !== '1.6') {
      piece += settledText(entry, count + 1);
      count += entry.count;
    } else {
      const drafts = isSettled(entry) ? draftsOf(entry) : [entry];
      piece += drafts.map((draft) => stepText(told, draft, ++count)).join(',\n');
    }
    if (piece.length < LONG) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n],${JSON.stringify(back).slice(1, -1)}`;
  for (const [index, child] of told.nested.entries()) {
    yield index === 0 ? ',"subagent_trajectories":[\n' : ',\n';
    yield* toText(child);
  }
  yield told.nested.length > 0 ? '\n]}' : '}';
}

function stepText(told: Told, draft: StepDraft, stepId: number): string {
  const { run, extra } = draft;
  const isUsual = told.head.version !== '1.6' && extra['rejections'] === undefined;
  const line = isUsual ? (draft.line ?? (run && runLine(run, told.scopes))) : undefined;
  return line === undefined ? JSON.stringify(stepOf(told, draft, stepId)) : numbered(line, stepId);
}

function stepOf({ head, scopes }: Told, draft: StepDraft, stepId: number): Step {
  const { run, line, extra } = draft;
  const step =
    line === undefined ? printStep(run ? expandRun(draft, run, scopes) : draft, stepId) : readStep(line, stepId, extra);
  return head.version === '1.6' ? toStep16(step) : step;
}

function readStep(line: string, stepId: number, extra: JsonObject): Step {
  const step = JSON.parse(numbered(line, stepId)) as Step;
  return { ...step, extra: { ...extra, ...step.extra } };
}

/** What stands in front of the steps and what follows them. */
function around({ head, steps }: Told): {
  front: Omit<Trajectory, 'steps'>;
  back: Pick<Trajectory, 'notes' | 'final_metrics' | 'extra'>;
} {
  const { version, sessionId, trajectoryId, agent, notes, extra } = head;
  return {
    front: {
      schema_version: `ATIF-v${version}`,
      session_id: sessionId,
      ...(version === '1.6' ? {} : { trajectory_id: trajectoryId }),
      agent,
    },
    back: defined<Pick<Trajectory, 'notes' | 'final_metrics' | 'extra'>>({
      notes,
      final_metrics: finalMetrics(steps),
      extra,
    }),
  };
}
