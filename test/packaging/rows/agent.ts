// SPDX-License-Identifier: Apache-2.0
import { expect } from 'vitest';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import type { Consumer, Ended } from '../consumer.ts';

/** The installed package, and whom the agents of the rows talk to. */
export interface Matrix {
  readonly consumer: Consumer;
  readonly server: OpenAiServer;
  readonly collector: Collector;
  readonly close: () => Promise<void>;
}

const body = `flow.scope.run('agent', { type: 'agent' }, async () => {
  const messages = [{ role: 'user', content: 'Hello.' }];
  const answer = await new OpenAI().chat.completions.create({ model: 'gpt-5', messages });
  console.log(answer.choices.length);
  await flow.tool.execute({ name: 'send_email', args: {} }, () => 'sent').then(console.log, (error) => console.log(error.code));
})`;
const policy = `
flow.tool.addConditionalExecution('no-email', (call) => (call.name === 'send_email' ? 'no email' : undefined));
flow.llm.addRequestIntercept('calm', (call) => ({ content: { ...call.request.content, temperature: 0.1 } }));
`;

/** What every row runs: one model call and one tool call that policy refuses; the policy also changes the model call's request. */
export const sources: Readonly<Record<string, string>> = {
  'agent.mjs': `import OpenAI from 'openai';\nimport { flow } from '@flow/register/api';\nawait ${body};\n`,
  'agent.cjs': `const OpenAI = require('openai');\nconst { flow } = require('@flow/register/api');\n${body};\n`,
  'policy.mjs': `import { flow } from '@flow/register/api';${policy}`,
  'policy.cjs': `const { flow } = require('@flow/register/api');${policy}`,
};

/** Writes the sources into an application and starts the servers. */
export async function startMatrix(consumer: Consumer): Promise<Matrix> {
  const [server, collector] = await Promise.all([startOpenAiServer(), startCollector(), consumer.write(sources)]);
  return {
    consumer,
    server,
    collector,
    close: async () => void (await Promise.all([server.close(), collector.close(), consumer.remove()])),
  };
}

/** What decides about a run, beside its arguments. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node than the pinned one. */
  readonly binary?: string;
}

/** Runs a program that talks to these servers under a name of its own. */
export function runAs(
  name: string,
  { consumer, server, collector }: Matrix,
  args: readonly string[],
  { env, binary }: RunOptions = {},
): Promise<Ended> {
  const settings = {
    OPENAI_API_KEY: 'key',
    OPENAI_BASE_URL: `${server.origin}/${name}/v1`,
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
  return consumer.node(args, { ...settings, ...env }, binary);
}

/** The agent ran, its policy was in force, and its spans have arrived in one trace. */
export function expectSeen(name: string, matrix: Matrix, ended: Ended): void {
  expect(ended).toEqual({ code: 0, stdout: '1\nFLOW_GUARDRAIL_REJECTED\n', stderr: '' });
  expectPolicy(name, matrix);
  const spans = matrix.collector.spans.filter(({ resource }) => resource['service.name'] === name);
  const agent = spans.find((span) => span.name === 'invoke_agent agent');
  const chat = spans.find((span) => span.name === 'chat gpt-5');
  expect(spans.map((span) => span.name)).toEqual(expect.arrayContaining(['invoke_agent agent', 'chat gpt-5']));
  expect(chat?.parentSpanId).toBe(agent?.spanId);
}

/** The request that reached the model is the one that the policy made. */
export function expectPolicy(name: string, matrix: Matrix): void {
  const requests = matrix.server.requests.filter(({ base }) => base.split('/').includes(name));
  expect(requests.map((request) => request.body)).toMatchObject([{ model: 'gpt-5', temperature: 0.1 }]);
}
