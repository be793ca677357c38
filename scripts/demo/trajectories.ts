// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import type { Step, Trajectory } from '../../src/atif/trajectory.ts';
import { clip, dim } from './terminal.ts';

/** A trajectory and the file that holds it. */
export interface WrittenTrajectory {
  readonly file: string;
  readonly trajectory: Trajectory;
}

/** The ATIF documents among the files, in the order in which they began. */
export function readTrajectories(files: readonly string[]): WrittenTrajectory[] {
  return files
    .filter((file) => file.endsWith('.atif.json'))
    .map((file) => ({ file, trajectory: JSON.parse(readFileSync(file, 'utf8')) as Trajectory }))
    .toSorted((a, b) => startOf(a).localeCompare(startOf(b)));
}

const startOf = ({ trajectory }: WrittenTrajectory): string => trajectory.steps[0]?.timestamp ?? '';

/** One line for each step; an agent's tool calls with what came back. */
export function trajectoryLines(trajectories: readonly WrittenTrajectory[]): string[] {
  return trajectories.flatMap(({ file, trajectory }) => {
    const { total_prompt_tokens: input, total_completion_tokens: output } = trajectory.final_metrics ?? {};
    const tokens =
      input === undefined && output === undefined
        ? 'tokens unavailable'
        : `${input ?? '?'} tokens in, ${output ?? '?'} out`;
    return [`${basename(file)}: ${trajectory.steps.length} steps, ${tokens}`, ...trajectory.steps.flatMap(stepLines)];
  });
}

function stepLines(step: Step): string[] {
  const results = new Map(step.observation?.results.map((result) => [result.source_call_id, result.content]));
  const calls = (step.tool_calls ?? []).map(
    ({ tool_call_id: id, function_name: name, arguments: args }) =>
      `${name} ${JSON.stringify(args)} ⇒ ${text(results.get(id)) || '(no result)'}`,
  );
  const said = text(step.message);
  const lines = [...(said === '' ? [] : [said]), ...calls];
  return (lines.length > 0 ? lines : ['(no answer)']).map((line, index) => {
    const lead = index === 0 ? `${String(step.step_id).padStart(3)} ${step.source.padEnd(7)}` : ' '.repeat(11);
    return `${dim(lead)} ${clip(line, lead.length + 3)}`;
  });
}

const text = (content: unknown): string =>
  typeof content === 'string' ? content : content === undefined ? '' : JSON.stringify(content);
