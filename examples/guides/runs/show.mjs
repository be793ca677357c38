// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';

for (const file of globSync('trajectories/*.atif.json')) {
  const { schema_version, agent, steps } = JSON.parse(readFileSync(file, 'utf8'));
  console.log(schema_version, agent.model_name);
  for (const { step_id, source, message, metrics } of steps) {
    const tokens = metrics ? ` (${metrics.prompt_tokens} + ${metrics.completion_tokens} tokens)` : '';
    console.log(`${step_id} ${source}: ${message}${tokens}`);
  }
}
