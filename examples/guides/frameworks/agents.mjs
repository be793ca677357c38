// SPDX-License-Identifier: Apache-2.0
import { Agent, run, tool } from '@openai/agents';
import { z } from 'zod';

const weather = tool({
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in ${city}`,
});
const forecaster = new Agent({ name: 'forecaster', instructions: 'You know the weather.', tools: [weather] });

const { finalOutput } = await run(forecaster, 'What is the weather in Paris?');
console.log(finalOutput);
