// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.ts';

const answer = 'The meeting is at noon, the notes say.';
const usage = [
  { input: 420, output: 18 },
  { input: 460, output: 11 },
];

/** A coding agent: ES modules, a streamed chat completion per turn through openai 6, a tool of its own between the two. */
export const pi: Program = {
  name: 'pi',
  openai: '6.40.0',
  bin: '@earendil-works/pi-coding-agent/dist/cli.js',
  prepare(folder, origin) {
    writeFileSync(join(folder, 'notes.txt'), 'meeting: noon\n');
    const settings = join(folder, 'agent');
    const local = { baseUrl: `${origin}/v1`, api: 'openai-completions', apiKey: 'sk-test', models: [{ id: 'gpt-5' }] };
    mkdirSync(settings);
    writeFileSync(join(settings, 'models.json'), JSON.stringify({ providers: { local } }));
    const question = 'When is the meeting? It is in notes.txt.';
    return {
      args: ['--print', '--no-session', '--offline', '--model', 'local/gpt-5', '--tools', 'read', question],
      env: { PI_CODING_AGENT_DIR: settings },
    };
  },
  reply: (_request, turn) =>
    turn === 0
      ? { toolCalls: [{ id: 'call_notes', name: 'read', arguments: { path: 'notes.txt' } }], usage: usage[0]! }
      : { text: answer, usage: usage[1]! },
  usage,
  answer,
  exitCodeWithoutModel: 1,
};
