// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AtofEvent } from '../../../src/api/index.ts';
import { toTrajectory } from '../../../src/atif/to-trajectory.ts';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { expectValidAtof } from '../../support/formats/index.ts';
import { ROOT, runApp } from '../../support/run.ts';

let folder: string;
let collector: Collector;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flow-propagation-'));
  collector = await startCollector();
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await collector.close();
});

const register = join(ROOT, 'dist/esm/register.js');
const api = join(ROOT, 'dist/esm/api.js');

/** Does one tool call where the headers say. Started as a worker thread, a child process or a server of its own. */
const elsewhere = `
import { createServer } from 'node:http';
import { flow } from ${JSON.stringify(api)};
const work = (name, headers) =>
  flow.scope.extract(headers, () =>
    flow.scope.run(name, { type: 'agent' }, () => flow.tool.execute({ name: 'tool of ' + name, args: { name } }, () => 'done')));
const { workerData, parentPort } = await import('node:worker_threads');
if (workerData?.headers) {
  await work('worker', workerData.headers);
  parentPort.postMessage('done');
} else if (process.env.HEADERS) await work('child', JSON.parse(process.env.HEADERS));
else {
  const server = createServer(async (request, response) => {
    await work('server', request.headers);
    response.end('done', () => { server.close(); server.closeAllConnections(); });
  });
  server.listen(0, () => process.send(server.address().port));
}
`;

const agent = (program: string): string => `
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { flow } from ${JSON.stringify(api)};
const program = ${JSON.stringify(program)};
const env = (name) => ({ ...process.env, FLOW_ATOF_FILE: ${JSON.stringify(folder)} + '/' + name + '.jsonl' });
let detached;
await flow.scope.run('agent', { type: 'agent' }, async () => {
  const worker = new Worker(program, { env: env('worker'), workerData: { headers: flow.scope.inject({}) } });
  await once(worker, 'exit');
  await flow.scope.run('delegate', async () => {
    const headers = JSON.stringify(flow.scope.inject({}));
    const child = spawn(process.execPath, ['--import', ${JSON.stringify(register)}, program], { env: { ...env('child'), HEADERS: headers } });
    await once(child, 'exit');
  });
  await flow.tool.execute({ name: 'call the server', args: {} }, async () => {
    const server = fork(program, { execArgv: ['--import', ${JSON.stringify(register)}], env: env('server') });
    const [port] = await once(server, 'message');
    await fetch('http://127.0.0.1:' + port, { headers: flow.scope.inject({}) });
    await once(server, 'exit');
  });
  const here = flow.scope.capture();
  detached = new Promise((resolve) => setImmediate(resolve)).then(() =>
    here.run(() => flow.tool.execute({ name: 'detached tool', args: {} }, () => 'late')));
});
await detached;
`;

async function runAgent(env: Record<string, string>): Promise<readonly AtofEvent[]> {
  const program = join(folder, 'elsewhere.mjs');
  writeFileSync(program, elsewhere);
  const file = join(folder, 'agent.mjs');
  writeFileSync(file, agent(program));
  const { code, stderr } = await runApp({
    args: ['--import', register],
    file,
    env: { FLOW_ATOF_FILE: join(folder, 'agent.jsonl'), FLOW_ATIF_DIR: join(folder, 'atif'), ...env },
    timeout: 30_000,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  expect(files.toSorted()).toEqual(['agent.jsonl', 'child.jsonl', 'server.jsonl', 'worker.jsonl']);
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  expectValidAtof(lines.join('\n'));
  return lines.map((line) => JSON.parse(line) as AtofEvent);
}

const parentNameOf = (events: readonly AtofEvent[], name: string): string | undefined => {
  const event = events.find((each) => each.name === name);
  return events.find(({ uuid }) => uuid === event?.parent_uuid)?.name;
};

describe.each<[string, () => Record<string, string>]>([
  ['with spans', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })],
  ['without an SDK', () => ({ OTEL_TRACES_EXPORTER: 'none', OTEL_PROPAGATORS: 'none' })],
  ['with a propagator that knows no baggage', () => ({ OTEL_TRACES_EXPORTER: 'none', OTEL_PROPAGATORS: 'b3' })],
])('work in a thread, a child process, behind HTTP and detached, %s,', (_, env) => {
  test('is one stack: one root uuid, known parents, one trajectory, one trace', async () => {
    const events = await runAgent(env());
    expect(new Set(events.map(({ metadata }) => metadata?.['root_uuid'])).size).toBe(1);
    expect(parentNameOf(events, 'worker')).toBe('agent');
    expect(parentNameOf(events, 'child')).toBe('delegate');
    expect(parentNameOf(events, 'server')).toBe('call the server');
    expect(parentNameOf(events, 'detached tool')).toBe('agent');
    const trajectory = JSON.stringify(toTrajectory(events));
    for (const name of ['worker', 'child', 'server']) expect(trajectory).toContain(`tool of ${name}`);
    expect(trajectory).toContain('detached tool');
    const { spans } = collector;
    const ofTrace = (name: string): (typeof spans)[number] | undefined =>
      spans.find((span) => span.name.endsWith(name));
    const traced = 'OTEL_EXPORTER_OTLP_ENDPOINT' in env();
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(traced ? 1 : 0);
    expect(ofTrace('invoke_agent child')?.parentSpanId).toBe(ofTrace('delegate')?.spanId);
    // The span of the HTTP server lies between.
    const around = spans.find(({ spanId }) => spanId === ofTrace('invoke_agent server')?.parentSpanId);
    expect(around?.parentSpanId).toBe(ofTrace('execute_tool call the server')?.spanId);
    expect(ofTrace('invoke_agent server') !== undefined).toBe(traced);
  });
});
