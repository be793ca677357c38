// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { type DecodedSpan, startCollector } from '../../test/support/collector/index.ts';
import { startOpenAiServer } from '../../test/support/openai-server/server.ts';
import { replies } from './replies.ts';

/** Relative to the repository. */
export const AGENT_FOLDER = 'examples/agent';

/** How the application is started and where its files go. */
export interface AgentRunOptions {
  readonly nodeArgs: readonly string[];
  /** Emptied before the run. */
  readonly folder: string;
  /** Called with each line that the application prints, as it prints it. */
  readonly print: (line: string) => void;
}

/** What one run of the application left behind. */
export interface AgentRun {
  readonly code: number | null;
  readonly output: readonly string[];
  readonly spans: readonly DecodedSpan[];
  /** Bodies of the requests that the model's server received; undefined where that is the real provider, which we do not see. */
  readonly received: readonly string[] | undefined;
  /** The ATOF and ATIF files, as absolute paths. */
  readonly files: readonly string[];
}

/** Runs the agent in a process of its own. Its spans go to a receiver in this one; without OPENAI_API_KEY so do its model calls. */
export async function runAgent({ nodeArgs, folder, print }: AgentRunOptions): Promise<AgentRun> {
  rmSync(folder, { recursive: true, force: true });
  const collector = await startCollector();
  const model = process.env['OPENAI_API_KEY'] ? undefined : await startOpenAiServer({ reply: replies });
  try {
    const agent = spawn(process.execPath, [...nodeArgs, 'agent.mjs'], {
      cwd: join(import.meta.dirname, '../..', AGENT_FOLDER),
      env: {
        ...withoutTelemetrySettings(process.env),
        ...(model && { OPENAI_API_KEY: 'sk-local', OPENAI_BASE_URL: model.url }),
        OTEL_SERVICE_NAME: 'support-agent',
        // The tree is about the agent, not about the requests beneath its calls.
        OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
        FLOW_SEMCONV: 'gen_ai,atof',
        FLOW_ATOF_FILE: join(folder, 'events.atof.jsonl'),
        FLOW_ATIF_DIR: folder,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [agent.stdout, agent.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        print(line);
      });
    }
    const [code] = (await once(agent, 'close')) as [number | null];
    return {
      code,
      output,
      // All of them: the process delivers what it has before it ends.
      spans: [...collector.spans],
      received: model?.requests.map(({ raw }) => raw.toString('utf8')),
      files: globSync('*.{jsonl,json}', { cwd: folder })
        .map((file) => join(folder, file))
        .toSorted(),
    };
  } finally {
    await Promise.all([collector.close(), model?.close()]);
  }
}

/** The demo shows what its own settings do, whatever the shell has set; but FLOW_STREAM_USAGE is there to be tried. */
function withoutTelemetrySettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:OTEL|FLOW(?!_STREAM_USAGE$))_/.test(name)));
}
