// SPDX-License-Identifier: Apache-2.0
import { relative, resolve } from 'node:path';

import { type AgentRun, AGENT_FOLDER, runAgent } from './run-agent.ts';
import { compareRuns } from './compare-runs.ts';
import { bold, dim } from './terminal.ts';
import { toolLines } from './tools.ts';
import { traceLines } from './trace-tree.ts';
import { readTrajectories, trajectoryLines } from './trajectories.ts';

const folder = resolve(process.argv[2] ?? 'flow/demo');
const provider = process.env['OPENAI_API_KEY'];
const print = (lines: string | readonly string[]): void => console.log([lines].flat().join('\n'));
const section = (title: string, lines: readonly string[]): void =>
  print(['', bold(title), ...lines.map((line) => `  ${line}`)]);

print([
  bold(`Flow demo: the agent in ${AGENT_FOLDER}, which knows nothing of Flow`),
  provider
    ? `Its model is that of ${process.env['OPENAI_BASE_URL'] ?? 'https://api.openai.com/v1'}, because OPENAI_API_KEY is set.`
    : 'Its model is a local server that speaks the OpenAI wire format; with OPENAI_API_KEY set it is the real provider.',
]);

const before = await show('1. As it is', 'as-it-is', []);
const after = await show('2. The same application under a policy module', 'under-policy', ['--import', './policy.mjs']);
section('What the policy changed; the application is the same file', compareRuns(before, after));
process.exitCode = before.code === 0 && after.code === 0 ? 0 : 1;

function shortest(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

async function show(title: string, name: string, args: readonly string[]): Promise<AgentRun> {
  const nodeArgs = ['--import', '@flow/register', ...args];
  section(title, [dim(`$ node ${nodeArgs.join(' ')} agent.mjs`)]);
  const run = await runAgent({
    nodeArgs,
    folder: resolve(folder, name),
    print: (line) => print(`  ${dim('│')} ${line}`),
  });
  if (run.code !== 0) print(`  the application ended with code ${run.code}`);
  section(`The trace as it arrived over OTLP, ${run.spans.length} span(s)`, traceLines(run.spans));
  const trajectories = readTrajectories(run.files);
  section('The trajectories', trajectoryLines(trajectories));
  section('Tools', toolLines(run.spans, trajectories));
  section('Files', run.files.map(shortest));
  return run;
}
