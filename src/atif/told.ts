// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import { defined } from '../codecs/read.ts';
import { finalMetrics } from './metrics.ts';
import { PACE } from './pace.ts';
import { expandRun, runText } from './run-by-code.ts';
import type { Scope } from './scopes.ts';
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
  readonly drafts: readonly StepDraft[];
  readonly nested: readonly Told[];
  readonly scopes: ReadonlyMap<string, Scope>;
}

/** The document as an object. */
export function* toObject(told: Told): Generator<void, Trajectory> {
  const steps: Step[] = [];
  for (const draft of told.drafts) {
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
  for (const [index, draft] of told.drafts.entries()) {
    piece += `${index === 0 ? '' : ',\n'}${stepText(told, draft, index + 1)}`;
    if (index % PACE !== 0) continue;
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
  const text = draft.run && told.head.version !== '1.6' ? runText(draft, draft.run, told.scopes, stepId) : undefined;
  return text ?? JSON.stringify(stepOf(told, draft, stepId));
}

function stepOf({ head, scopes }: Told, draft: StepDraft, stepId: number): Step {
  const step = printStep(draft.run ? expandRun(draft, draft.run, scopes) : draft, stepId);
  return head.version === '1.6' ? toStep16(step) : step;
}

/** What stands in front of the steps and what follows them. */
function around({ head, drafts }: Told): {
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
      final_metrics: finalMetrics(drafts),
      extra,
    }),
  };
}
