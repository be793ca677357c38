// SPDX-License-Identifier: Apache-2.0

// A tool that policy refuses, called by an agent whose model is the application's own: with the framework's core alone.
import { createRequire } from 'node:module';
import { flow, isFlowError } from '@flow/register/api';
import { coverage, instrument } from '@flow/register/sdk';
import * as imported from '@openai/agents-core';

flow.tool.addConditionalExecution('no', () => 'no');

const part = { type: 'output_text', text: 'done' };
const answers = [
  { type: 'function_call', callId: 'c1', name: 'remove', arguments: '{}', status: 'completed' },
  { type: 'message', role: 'assistant', status: 'completed', content: [part] },
];

async function ask(agents) {
  agents.setTracingDisabled(true);
  const output = [...answers];
  const model = {
    getResponse: async () => ({ output: [output.shift()], usage: new agents.Usage(), responseId: 'r' }),
  };
  // Earlier versions need one, also for agents that bring their model.
  agents.setDefaultModelProvider({ getModel: () => model });
  const parameters = { type: 'object', properties: {}, required: [], additionalProperties: false };
  const remove = agents.tool({ name: 'remove', description: 'r', parameters, execute: async () => 'removed' });
  const agent = new agents.Agent({ name: 'own', model, tools: [remove] });
  const seen = await agents.run(agent, 'Remove it').then(
    ({ finalOutput }) => finalOutput,
    (error) => [error.name, isFlowError(error)?.code],
  );
  console.log(JSON.stringify(seen));
}

const [, , how] = process.argv;
if (how === 'hand') console.log(instrument(imported), instrument(imported.Agent));
await ask(imported);
if (how === 'hooks') await ask(createRequire(import.meta.url)('@openai/agents-core'));
const rows = coverage().filter(({ name }) => name === '@openai/agents-core');
console.log(JSON.stringify(rows.map(({ format, patched, missing, calls }) => ({ format, patched, missing, calls }))));
