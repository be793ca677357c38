// SPDX-License-Identifier: Apache-2.0

// A streamed run of two agents, one of which is a tool of the other; one tool fails, one is rejected, one shows what it has so far: `structure-app.mjs <major> <format> <base>`.
import { flow } from '@flow/register/api';
import { loadPackages } from './load.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;
const [major, format, base] = process.argv.slice(2);
const { ai, z, createOpenAI } = await loadPackages(format);
const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent;
const openai = createOpenAI({ apiKey: 'k', baseURL: `${base}/v1` });
const instructions = (text) => (major === '5' ? { system: text } : { instructions: text });
const named = (name) => (major === '5' ? { name } : { id: name });

flow.tool.addConditionalExecution('no payments', ({ name }) => (name === 'pay' ? 'ask a person' : undefined));

const city = z.object({ city: z.string() });
const tool = (execute) => Object.freeze(ai.tool({ description: 'a tool', inputSchema: city, execute }));
const forecaster = new Agent({
  ...named('forecaster'),
  ...instructions('forecaster'),
  model: openai('gpt-test'),
  stopWhen: ai.stepCountIs(5),
  tools: {
    get_weather: tool(async function* ({ city }) {
      yield 'looking';
      yield `sunny in ${city}`;
    }),
  },
});
const concierge = new Agent({
  ...named('concierge'),
  ...instructions('concierge'),
  model: openai.chat('gpt-test'),
  stopWhen: ai.stepCountIs(5),
  experimental_telemetry: { metadata: { sessionId: 'session-1' } },
  tools: {
    ask_forecaster: tool(async ({ city }) => (await forecaster.generate({ prompt: `The weather in ${city}?` })).text),
    book_table: tool(async () => {
      throw new RangeError('no table is free');
    }),
    pay: tool(async () => 'paid'),
  },
});

const result = await concierge.stream({ prompt: 'Plan my evening in Paris' });
let deltas = 0;
for await (const delta of result.textStream) if (delta !== '') deltas++;
const { object } = await ai.generateObject({
  model: openai.chat('gpt-test'),
  schema: z.object({ mood: z.string() }),
  prompt: 'How was it?',
});
console.log(JSON.stringify({ output: await result.text, streamed: deltas > 1, object }));
