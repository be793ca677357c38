// SPDX-License-Identifier: Apache-2.0

// A streamed run of several agents: one hands over, one is a tool, one works for a guardrail; one tool fails, one is rejected. Then agents that hand over to one of the
// same name, and one that does to itself.
import { flow } from '@flow/register/api';
import * as agents from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';

flow.tool.addConditionalExecution('no payments', ({ name }) => (name === 'pay' ? 'ask a person' : undefined));

agents.setDefaultOpenAIClient(new OpenAI({ apiKey: 'k', baseURL: process.argv[2], maxRetries: 0 }));
agents.setTracingDisabled(true);

const city = z.object({ city: z.string() });
const tool = (name, execute) => Object.freeze(agents.tool({ name, description: name, parameters: city, execute }));
const agent = (name, options) => agents.Agent.create({ name, instructions: name, model: 'gpt-4o', ...options });

const judge = agent('judge');
const polite = {
  name: 'polite',
  runInParallel: false,
  execute: async ({ input }) => {
    const { finalOutput } = await agents.run(judge, input);
    return { tripwireTriggered: finalOutput !== 'polite', outputInfo: finalOutput };
  },
};
const short = { name: 'short', execute: async ({ agentOutput }) => ({ tripwireTriggered: agentOutput.length > 100 }) };
const forecaster = agent('forecaster', { tools: [tool('get_weather', async ({ city }) => `sunny in ${city}`)] });
const concierge = agent('concierge', {
  tools: [
    forecaster.asTool({ toolName: 'ask_forecaster', toolDescription: 'asks' }),
    tool('book_table', async () => {
      throw new RangeError('no table is free');
    }),
    tool('pay', async () => 'paid'),
  ],
  outputGuardrails: [short],
});
const triage = agent('triage', { handoffs: [concierge], inputGuardrails: [polite] });

const runner = new agents.Runner({ workflowName: 'Evening' });
// Since 0.3.
const session = agents.MemorySession && new agents.MemorySession({ sessionId: 'session-1' });
const stream = await runner.run(triage, 'Plan my evening in Paris', { stream: true, session });
let deltas = 0;
for await (const event of stream) if (event.data?.type === 'output_text_delta') deltas++;
await stream.completed;
console.log(JSON.stringify({ output: stream.finalOutput, last: stream.lastAgent.name, streamed: deltas > 1 }));

const first = agent('helper', { instructions: 'first' });
const second = agent('helper', { instructions: 'second', handoffs: [first] });
first.handoffs = [second];
await runner.run(first, 'Who speaks?');
const loner = agent('loner');
loner.handoffs = [loner];
await runner.run(loner, 'And you?');
